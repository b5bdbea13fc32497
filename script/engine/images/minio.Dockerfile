# Stands in for minio/minio: a small server that speaks the part of S3 that tests need.
ARG BASE
FROM $BASE
COPY minio/sigv4.py /usr/lib/python3/dist-packages/
COPY --chmod=755 minio/minio minio/mc /usr/bin/
VOLUME /data
ENTRYPOINT ["minio"]
EXPOSE 9000
CMD []
