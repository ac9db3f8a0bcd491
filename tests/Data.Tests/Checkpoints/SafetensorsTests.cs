// The safetensors format against files made by hand, and round trips.
using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void TheWriterMakesExactlyTheseBytes()
    {
        using var stream = new MemoryStream();
        TensorBlock[] tensors =
        [
            TensorBlock.FromArray("a", ElementType.UInt8, [3], new byte[] { 7, 8, 9 }),
            TensorBlock.FromArray("w", ElementType.Float32, [1, 2], [1f, -2f]),
        ];
        var metadata = new Dictionary<string, string> { ["k"] = "v" };
        SafetensorsWriter.Write(stream, metadata, tensors);

        var json = """{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";
        byte[] data = [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0, 7, 8, 9];
        Assert.Equal(ByHand(json.PadRight(192 - 8), data), stream.ToArray());
        Assert.Equal(stream.Length, SafetensorsWriter.Measure(metadata, tensors));
    }

    [Fact]
    public void TheReaderReadsAFileOfAnotherWriter()
    {
        // Unaligned header, other order of members, white space, an escaped name, members nobody knows.
        var json = """{ "b\u0065" : {"data_offsets":[2,10],"shape":[2,2],"dtype":"BF16","more":1}, "h":{"dtype":"F16","shape":[],"data_offsets":[0,2]} }  """;
        using var reader = Open(ByHand(json, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
        Assert.Empty(reader.Metadata);
        Assert.Equal([2, 2], reader.Tensor("be").Shape);
        Assert.Equal(new byte[] { 3, 4, 5, 6, 7, 8, 9, 10 }, reader.Tensor("be").ToArray<byte>());
        Assert.Equal(new byte[] { 1, 2 }, reader.Tensor("h").ToArray<byte>());
        Assert.Equal(new byte[] { 7, 8, 9, 10 }, Blocks.Fill(4, to => reader.ReadRows("be", 1, 2, to, 4)));
        Assert.Throws<ArgumentException>(() => reader.ReadRows("be", 1, 3, 1, 8));
        Assert.Throws<ArgumentException>(() => reader.ReadRows("be", 1, 2, 1, 5));
        Assert.Contains("'nope'", Assert.Throws<UserErrorException>(() => reader.Tensor("nope")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RoundTripsAreExact() => Check.QuickThrowOnFailure(Prop.ForAll(Blocks.Lists(), tensors =>
    {
        using (var file = File.Create(_directory["x"]))
        {
            SafetensorsWriter.Write(file, new Dictionary<string, string> { ["quote\""] = "line\n\u2028é😀" }, tensors);
            Assert.Equal(file.Length, file.Position);
        }

        using var reader = SafetensorsReader.Open(_directory["x"]);
        Assert.Equal("line\n\u2028é😀", reader.Metadata["quote\""]);
        Assert.Equal(tensors.Length, reader.Entries.Count);
        return tensors.All(tensor => Blocks.Same(tensor, reader.Tensor(tensor.Name))
            && (tensor.ByteLength == 0 || reader.Tensor(tensor.Name).Address % tensor.ElementType.Size() == 0));
    }));

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "Duplicate")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", "F99")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "does not fit 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "starts at 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "3 bytes, the file holds 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""", "5 bytes, the file holds 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "starts at 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}}""", "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "-1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "1.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "lacks data_offsets")]
    [InlineData("""{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}""", "dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "array")]
    [InlineData("""{"a":7}""", "lacks dtype")]
    [InlineData("""{"__metadata__":{"k":1}}""", "metadata 'k'")]
    [InlineData("""{"__metadata__":[]}""", "not a readable")]
    [InlineData("""{"a\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not a readable")]
    [InlineData("""[]""", "not a JSON object")]
    [InlineData("""{""", "not a readable")]
    [InlineData("", "not a JSON object")]
    public void BrokenHeadersAreNamed(string json, string says)
    {
        var error = Assert.Throws<UserErrorException>(() => Open(ByHand(json, new byte[4])));
        Assert.Contains(says, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(_directory["x"], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0UL)]
    [InlineData(7, 0UL)]
    [InlineData(8, 1UL)]
    [InlineData(8, ulong.MaxValue)]
    [InlineData(8, 1UL << 63)]
    [InlineData(8, 100_000_001UL)]
    public void HeaderLengthsBeyondTheFileAreNamed(int fileBytes, ulong headerBytes)
    {
        var file = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerBytes);
        Assert.Throws<UserErrorException>(() => Open(file[..fileBytes]));
    }

    [Fact]
    public void AnyTruncationIsNamedAndAnyFlippedByteReadsOrIsNamed()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, new Dictionary<string, string> { ["k"] = "v" }, [Blocks.Floats("a", 1, 2), Blocks.Random("b", ElementType.Bool, [3], 1)]);
        var whole = stream.ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<UserErrorException>(() => Open(whole[..length]));
        }

        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in new byte[] { 1, 4, 0x20, 0x80, 0xFF })
            {
                var flipped = whole.ToArray();
                flipped[at] ^= mask;
                try
                {
                    using var reader = Open(flipped);
                    Assert.All(reader.Entries.Keys, name => Assert.NotNull(reader.Tensor(name).ToArray<byte>()));
                }
                catch (UserErrorException)
                {
                }
            }
        }
    }

    [Fact]
    public void RowsAndViewsReachBeyond4GiB()
    {
        // A sparse file: 5 GiB long, two blocks on disk.
        const long Rows = 5 << 20;
        var json = $$$"""{"w":{"dtype":"F32","shape":[{{{Rows}}},256],"data_offsets":[0,{{{Rows * 1024}}}]}}""";
        using (var file = File.Create(_directory["x"]))
        {
            file.Write(ByHand(json, []));
            var start = file.Position;
            file.SetLength(start + (Rows * 1024));
            file.Position = start + ((Rows - 1) * 1024);
            file.WriteByte(42);
        }

        using var reader = SafetensorsReader.Open(_directory["x"]);
        Assert.Equal(42, Blocks.Fill(1024, to => reader.ReadRows("w", Rows - 1, Rows, to, 1024))[0]);
        Assert.Equal(42, reader.Tensor("w").Chunk((Rows - 1) * 1024)[0]);
        Assert.Equal(5L << 30, reader.Tensor("w").ByteLength);
    }

    [Fact]
    public void NamesMustDiffer()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Measure(null, [Blocks.Floats("a", 1), Blocks.Floats("a", 1)]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Measure(null, [Blocks.Floats("__metadata__", 1)]));
    }

    [Fact]
    public void MissingFilesAreNamed()
    {
        Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(_directory["none"]));
        Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(_directory.Path));
    }

    public void Dispose() => _directory.Dispose();

    private static byte[] ByHand(string json, byte[] data)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private SafetensorsReader Open(byte[] file)
    {
        File.WriteAllBytes(_directory["x"], file);
        return SafetensorsReader.Open(_directory["x"]);
    }
}
