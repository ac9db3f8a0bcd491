// Crashes, full disks, cuts and flipped bytes: what was whole stays readable, what is damaged is named.
using XClassFlow.Data.Recordings;
using XClassFlow.Data.Tests.Checkpoints;

namespace XClassFlow.Data.Tests.Recordings;

public sealed class RecordingDamageTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    [Theory]
    [InlineData("recording.json")]
    [InlineData("e.arrow")]
    public void EveryCutAndFlipOfAClosedRecordingIsNamed(string name)
    {
        Write(_root["r"], messages: 2);
        var path = Path.Combine(_root["r"], name);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            AssertNamed(path, verifyChecksums: false);
        }

        for (var at = 0; at < whole.Length; at++)
        {
            File.WriteAllBytes(path, Flip(whole, at));
            AssertNamed(path, verifyChecksums: true);
        }

        File.Delete(path);
        AssertNamed(path, verifyChecksums: false);
    }

    [Fact]
    public void WithoutChecksumsAFlippedByteReadsOrIsNamed()
    {
        Write(_root["r"], messages: 3);
        var path = Path.Combine(_root["r"], "e.arrow");
        var whole = File.ReadAllBytes(path);
        var reader = RecordingReader.Open(_root["r"]);
        for (var at = 0; at < whole.Length; at++)
        {
            File.WriteAllBytes(path, Flip(whole, at));
            try
            {
                Assert.All(reader.Messages("e"), message => Assert.All(message.Tensors, tensor => tensor.ToArray<byte>()));
            }
            catch (UserErrorException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AKilledRecordingIsReadableToTheLastWholeBatchWhereverItEnds()
    {
        using (var writer = new RecordingWriter(_root["live"], Recorded.Header(), ["e"]))
        {
            for (var step = 0; step < 4; step++)
            {
                writer.Write("e", Recorded.Message(0, step, 5));
                writer.Flush();
            }

            writer.Write("e", Recorded.Message(0, 4, 5));
            TemporaryDirectory.Copy(_root["live"], _root["killed"]);
        }

        var path = Path.Combine(_root["killed"], "e.arrow");
        var whole = File.ReadAllBytes(path);
        var before = 0;
        for (var length = 0; length <= whole.Length; length += length < whole.Length - 8 ? 8 : 1)
        {
            File.WriteAllBytes(path, whole[..length]);
            var reader = RecordingReader.Open(_root["killed"]);
            Assert.False(reader.Complete);
            var messages = reader.Messages("e").Select(message => message.Step).ToList();
            Assert.Equal(Enumerable.Range(0, messages.Count).Select(step => (long)step), messages);
            Assert.InRange(messages.Count, before, 4);
            before = messages.Count;
        }

        Assert.Equal(4, before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhateverFailsWhatWasWholeIsReadable(bool sticky)
    {
        var operations = int.MaxValue;
        for (var failAt = 0; failAt <= operations; failAt++)
        {
            var path = _root[$"r{failAt}"];
            var disk = new FailingFiles(failAt, sticky);
            var good = 0;
            try
            {
                using var writer = new RecordingWriter(path, Recorded.Header(), ["e", "f"], disk);
                for (var step = 0; step < 3; step++)
                {
                    writer.Write("e", Recorded.Message(0, step, 50_000));
                    writer.Write("f", Recorded.Message(1, step, 5));
                    writer.Flush();
                    good++;
                }
            }
            catch (RecordingException error)
            {
                Assert.True(disk.HasFailed);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }

            operations = disk.HasFailed ? operations : disk.Operations;
            if (!File.Exists(Path.Combine(path, "recording.json")))
            {
                Assert.Equal(0, good);
                Assert.True(!sticky || !Directory.Exists(path), "a recording that never began leaves nothing");
                continue;
            }

            var reader = RecordingReader.Open(path);
            Assert.True(reader.Complete ? good == 3 : disk.HasFailed);
            foreach (var edge in reader.Edges)
            {
                Assert.InRange(reader.Messages(edge.Name).Count(), good, 3);
            }
        }

        Assert.InRange(operations, 10, 60);
    }

    public void Dispose() => _root.Dispose();

    private static void Write(string path, int messages)
    {
        using var writer = new RecordingWriter(path, Recorded.Header(), ["e"]);
        for (var step = 0; step < messages; step++)
        {
            writer.Write("e", Recorded.Message(0, step, 3));
        }
    }

    private static byte[] Flip(byte[] whole, int at)
    {
        var flipped = whole.ToArray();
        flipped[at] ^= (byte)(1 << (at % 8));
        return flipped;
    }

    private void AssertNamed(string path, bool verifyChecksums)
    {
        var error = Assert.Throws<UserErrorException>(() => RecordingReader.Open(_root["r"], verifyChecksums));
        Assert.Contains(Path.GetFileName(path), error.Message, StringComparison.Ordinal);
    }
}
