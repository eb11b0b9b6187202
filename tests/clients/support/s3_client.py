"""What a user of boto3 does, run by the interpreter that has boto3: s3_client.py ENDPOINT [KEY SECRET]."""
import io
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def client(endpoint, key, secret):
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1},
                    signature_version="s3v4" if key else UNSIGNED)
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config,
                        aws_access_key_id=key or "x", aws_secret_access_key=secret or "x")


def fails(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error)
        return
    raise AssertionError(f"no {code}")


def objects(s3):
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="dir/ä b+c", Body=b"bytes", ContentType="text/x", Metadata={"color": "blue"})
    got = s3.get_object(Bucket="bucket", Key="dir/ä b+c")
    assert got["Body"].read() == b"bytes" and got["ContentType"] == "text/x" and got["Metadata"] == {"color": "blue"}
    assert s3.get_object(Bucket="bucket", Key="dir/ä b+c", Range="bytes=1-2")["Body"].read() == b"yt"
    head = s3.head_object(Bucket="bucket", Key="dir/ä b+c")
    assert head["ContentLength"] == 5 and head["ETag"] == got["ETag"]
    fails("304", s3.head_object, Bucket="bucket", Key="dir/ä b+c", IfNoneMatch=head["ETag"])
    fails("PreconditionFailed", s3.put_object, Bucket="bucket", Key="dir/ä b+c", Body=b"x", IfNoneMatch="*")
    fails("NoSuchKey", s3.get_object, Bucket="other", Key="x")
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket="bucket", Key=algorithm, Body=b"checked", ChecksumAlgorithm=algorithm)
        assert s3.get_object(Bucket="bucket", Key=algorithm, ChecksumMode="ENABLED")["Body"].read() == b"checked"


def listing(s3):
    keys = [f"list/{i // 10}/{i:03}" for i in range(30)]
    for key in keys:
        s3.put_object(Bucket="bucket", Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="bucket", Prefix="list/", PaginationConfig={"PageSize": 7})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    folders = s3.list_objects_v2(Bucket="bucket", Prefix="list/", Delimiter="/")["CommonPrefixes"]
    assert [folder["Prefix"] for folder in folders] == ["list/0/", "list/1/", "list/2/"]
    assert [entry["Key"] for entry in s3.list_objects(Bucket="bucket", Prefix="list/2")["Contents"]] == keys[20:]
    assert "bucket" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    deleted = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key} for key in keys]})
    assert len(deleted["Deleted"]) == 30
    assert s3.list_objects_v2(Bucket="bucket", Prefix="list/")["KeyCount"] == 0


def parts(s3):
    data = bytes(range(256)) * (12 * 4096)
    transfer = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=2)
    s3.upload_fileobj(io.BytesIO(data), "bucket", "large", Config=transfer)
    back = io.BytesIO()
    s3.download_fileobj("bucket", "large", back, Config=transfer)
    assert back.getvalue() == data
    s3.copy({"Bucket": "bucket", "Key": "large"}, "bucket", "copy", Config=transfer)
    assert s3.get_object(Bucket="bucket", Key="copy")["Body"].read() == data
    upload = s3.create_multipart_upload(Bucket="bucket", Key="never")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="never", UploadId=upload, PartNumber=1, Body=b"x")
    assert len(s3.list_parts(Bucket="bucket", Key="never", UploadId=upload)["Parts"]) == 1
    s3.abort_multipart_upload(Bucket="bucket", Key="never", UploadId=upload)
    fails("NoSuchUpload", s3.list_parts, Bucket="bucket", Key="never", UploadId=upload)


def presigned(s3, endpoint):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "dir/ä b+c"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"bytes"
    try:
        urllib.request.urlopen(url.replace("Signature=", "Signature=0"))
    except urllib.error.HTTPError as error:
        assert error.code == 403
    else:
        raise AssertionError("a false signature was accepted")
    fails("SignatureDoesNotMatch", client(endpoint, s3._request_signer._credentials.access_key, "wrong").list_buckets)
    fails("AccessDenied", client(endpoint, None, None).list_objects_v2, Bucket="bucket")


def main():
    endpoint, key, secret = (sys.argv[1:] + [None, None])[:3]
    s3 = client(endpoint, key, secret)
    objects(s3)
    listing(s3)
    parts(s3)
    if key:
        presigned(s3, endpoint)
    print("all of S3 works")


if __name__ == "__main__":
    main()
