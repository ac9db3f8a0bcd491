// The checksum is the published XXH3, however the bytes arrive.
using System.IO.Hashing;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class HashingStreamTests
{
    [Fact]
    public void TheHashOfNothingIsThePublishedOne() => Assert.Equal("2d06800538d394c2", new HashingStream(Stream.Null).Checksum);

    [Fact]
    public void PiecesOfAnySizeArriveInOrderAndHashedOnce()
    {
        var random = new Random(5);
        using var whole = new MemoryStream();
        using var inner = new MemoryStream();
        using var stream = new HashingStream(inner);
        foreach (var size in new[] { 1, 70_000, 0, 65_536, 3, 700_001, 65_535, 2, 262_144, 10 })
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            whole.Write(bytes);
            stream.Write(bytes);
        }

        stream.Flush();
        Assert.Equal(whole.ToArray(), inner.ToArray());
        Assert.Equal(whole.Length, stream.Length);
        Assert.Equal(HashingStream.Format(XxHash3.HashToUInt64(whole.ToArray())), stream.Checksum);
    }
}
