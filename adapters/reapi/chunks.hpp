// ContentAddressableStorage.SplitBlob and SpliceBlob: large blobs as lists of chunks
// that are blobs themselves.
#pragma once

#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {

// Splits on demand and stores the chunks; blobs up to the largest chunk are not
// split. NOT_FOUND without the blob.
net::Task<Result<void>> split_blob(Context& context, cache::WriteOrigin origin,
                                   const rex::SplitBlobRequest& request,
                                   rex::SplitBlobResponse& response);
// NOT_FOUND without a chunk, INVALID_ARGUMENT when they are not the blob. Nothing
// happens when the blob is there already.
net::Task<Result<void>> splice_blob(Context& context, cache::WriteOrigin origin,
                                    const rex::SpliceBlobRequest& request,
                                    rex::SpliceBlobResponse& response);

}  // namespace fabrik::adapters::reapi
