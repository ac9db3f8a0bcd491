// Damaged files: cut anywhere or changed anywhere, opening and reading either work or say what is wrong.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class ArrowCorruptionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(ArrowDataSetTests.Kinds), MemberType = typeof(ArrowDataSetTests))]
    public void CutFilesAreRefused(SampleShape shape, SampleStorage storage)
    {
        var whole = Bytes(shape, storage);
        for (var length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(_folder.File("cut.arrow"), whole.AsSpan(0, length));
            Assert.Throws<UserErrorException>(() => ArrowDataSet.Open(_folder.File("cut.arrow")));
        }
    }

    [Fact]
    public void CutStreamsReadOrAreRefused()
    {
        var path = _folder.File("stream.arrow");
        ArrowFiles.Write(path, ArrowFiles.GreyMetadata, true, ("label", ArrowFiles.Labels(0, 1, 2)), ("image", ArrowFiles.FixedBinary(4, 3)));
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            TryReading(whole[..length]);
        }
    }

    [Theory]
    [MemberData(nameof(ArrowDataSetTests.Kinds), MemberType = typeof(ArrowDataSetTests))]
    public void ChangedBytesReadOrAreRefused(SampleShape shape, SampleStorage storage)
    {
        var whole = Bytes(shape, storage);
        var random = new CounterRandom(2);
        for (var at = 0; at < whole.Length; at += whole.Length > 4000 ? 3 : 1)
        {
            var changed = (byte[])whole.Clone();
            changed[at] = random.NextInt32(4) switch { 0 => 0xFF, 1 => 0x7F, 2 => 0x80, _ => (byte)(changed[at] ^ (1 << random.NextInt32(8))) };
            TryReading(changed);
        }
    }

    [Fact]
    public void RandomDamageReadsOrIsRefused()
    {
        var whole = Bytes(SampleShape.Features(11), SampleStorage.Features);
        var random = new CounterRandom(3);
        for (var round = 0; round < 1500; round++)
        {
            var changed = (byte[])whole.Clone();
            for (var i = random.NextInt32(40); i >= 0; i--)
            {
                changed[random.NextInt32(changed.Length)] = (byte)random.NextInt32(256);
            }

            TryReading(changed);
        }
    }

    private byte[] Bytes(SampleShape shape, SampleStorage storage)
    {
        var path = _folder.File("whole.arrow");
        Samples.Write(path, shape, storage, 6, 3);
        return File.ReadAllBytes(path);
    }

    // Anything but success or a UserErrorException fails the test, as would a crash of the process.
    private void TryReading(byte[] bytes)
    {
        var path = _folder.File("damaged.arrow");
        File.WriteAllBytes(path, bytes);
        try
        {
            using var set = ArrowDataSet.Open(path);
            var (pixels, features) = (new byte[set.Shape.Length], new float[set.Shape.Length]);
            for (long row = 0; row < set.Count; row++)
            {
                Assert.InRange(set.LabelOf(row), 0, set.Classes - 1);
                if (set.Shape.IsImage)
                {
                    set.ReadPixels(row, pixels);
                }
                else
                {
                    set.ReadFeatures(row, features);
                }
            }
        }
        catch (UserErrorException)
        {
        }
    }
}
