// Makes IDX files, plain or gzipped.
using System.Buffers.Binary;
using System.IO.Compression;

namespace XClassFlow.Data.Tests.Support;

public static class GzipIdx
{
    public static byte[] Bytes(byte type, int[] dimensions, byte[] content)
    {
        var bytes = new byte[4 + (4 * dimensions.Length) + content.Length];
        bytes[2] = type;
        bytes[3] = (byte)dimensions.Length;
        for (var i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * i)), dimensions[i]);
        }

        content.CopyTo(bytes, 4 + (4 * dimensions.Length));
        return bytes;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
