// Every cut and every flipped byte of a checkpoint is noticed, and the damaged file named.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class CheckpointDamageTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("backbone.safetensors")]
    [InlineData("notes.txt")]
    public void EveryCutAndFlipIsNamed(string name)
    {
        var checkpoint = Samples.Save(new CheckpointDirectory(_root.Path), 1);
        var path = Path.Combine(checkpoint, name);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            AssertNamed(path, whole[..length], checkpoint, verifyChecksums: false);
        }

        AssertNamed(path, [.. whole, (byte)' '], checkpoint, verifyChecksums: false);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= (byte)(1 << (at % 8));
            AssertNamed(path, flipped, checkpoint, verifyChecksums: true);
        }

        File.WriteAllBytes(path, whole);
        Samples.AssertGood(checkpoint, 1);
        File.Delete(path);
        AssertNamed(path, null, checkpoint, verifyChecksums: false);
    }

    [Fact]
    public void ADamagedPointerLeadsToAWholeCheckpoint()
    {
        var directory = new CheckpointDirectory(_root.Path);
        Samples.Save(directory, 1);
        Samples.Save(directory, 2);
        var whole = File.ReadAllBytes(_root["latest"]);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(_root["latest"], flipped);
            Samples.AssertGood(_root.Path, 2);
        }
    }

    [Fact]
    public void ANewerFormatSaysSo()
    {
        var path = _root["manifest.json"];
        File.WriteAllBytes(path, SealedJson.Seal(json =>
        {
            json.WriteString("format", "xclassflow-checkpoint");
            json.WriteNumber("format_version", 2);
        }));
        Assert.Contains("format version 2", Assert.Throws<UserErrorException>(() => Checkpoint.Open(_root.Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _root.Dispose();

    private static void AssertNamed(string path, byte[]? content, string checkpoint, bool verifyChecksums)
    {
        if (content is not null)
        {
            File.WriteAllBytes(path, content);
        }

        var error = Assert.Throws<UserErrorException>(() => Checkpoint.Open(checkpoint, verifyChecksums));
        Assert.Contains(Path.GetFileName(path), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
