// What is recorded comes back in order, from any number of threads.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.Recordings;
using XClassFlow.Data.Tensors;
using XClassFlow.Data.Tests.Checkpoints;

namespace XClassFlow.Data.Tests.Recordings;

public sealed class RecordingTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private int _next;

    [Fact]
    public void RoundTripsAreExact()
    {
        var message = from tensors in Blocks.Lists().Generator
                      from step in Gen.Choose(0, int.MaxValue - 1)
                      from numbers in Gen.Choose(-1, 1000).ArrayOf(3)
                      from text in Gen.Elements("", "{}", "Gradient", "é😀\n\"", "{\"loss\":1.5}")
                      select new RecordedMessage((long)step << 20, numbers[0], numbers[1], numbers[2], text, text, tensors);
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, 20).SelectMany(count => message.ArrayOf(count)).ToArbitrary(), messages =>
        {
            var path = New();
            using (var writer = new RecordingWriter(path, Recorded.Header(), ["a ==> b", "never"]))
            {
                foreach (var (index, each) in messages.Index())
                {
                    writer.Write("a ==> b", each);
                    if (index % 5 == 4)
                    {
                        writer.Flush();
                    }
                }
            }

            var reader = RecordingReader.Open(path);
            Assert.Empty(reader.Messages("never"));
            Assert.Equal(messages.Length, reader.Edges[0].Messages);
            var read = 0;
            return reader.Messages("a ==> b").All(each => Recorded.Same(messages[read++], each)) && read == messages.Length;
        }));
    }

    [Fact]
    public void TheHeaderComesBack()
    {
        new RecordingWriter(_root["r"], Recorded.Header(), ["Backbone.forward==>ShardedFc/x", "Backbone.forward==>ShardedFc:x", ".."]).Dispose();
        var reader = RecordingReader.Open(_root["r"]);
        Assert.True(reader.Complete);
        Assert.Equal(Recorded.Header() with { Versions = reader.Header.Versions }, reader.Header);
        Assert.Equal(Recorded.Header().Versions, reader.Header.Versions);
        Assert.Equal(["Backbone.forward==>ShardedFc/x", "Backbone.forward==>ShardedFc:x", ".."], reader.Edges.Select(edge => edge.Name));
        Assert.Equal(["Backbone.forward___ShardedFc_x.arrow", "Backbone.forward___ShardedFc_x-2.arrow", "edge.arrow"], reader.Edges.Select(edge => edge.File));
        Assert.Contains("'x'", Assert.Throws<UserErrorException>(() => reader.Messages("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EdgesAreWrittenAtTheSameTime()
    {
        const int Edges = 6;
        const int Steps = 60;
        var names = Enumerable.Range(0, Edges).Select(edge => $"edge-{edge}").ToList();
        using (var start = new Barrier(Edges))
        using (var writer = new RecordingWriter(_root["r"], Recorded.Header(), names))
        {
            await Task.WhenAll(names.Select((name, edge) => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                for (var step = 0; step < Steps; step++)
                {
                    writer.Write(name, Recorded.Message(edge, step, 100_000));
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        }

        var reader = RecordingReader.Open(_root["r"]);
        foreach (var (edge, name) in names.Index())
        {
            var step = 0;
            foreach (var message in reader.Messages(name))
            {
                Assert.Equal(step, message.Step);
                Assert.Equal(-1, message.Tensors[0].ToArray<float>().AsSpan().IndexOfAnyExcept((edge * 1000) + (float)step));
                step++;
            }

            Assert.Equal(Steps, step);
        }
    }

    [Fact]
    public void MessagesLargerThanABatchPass()
    {
        using (var writer = new RecordingWriter(_root["r"], Recorded.Header(), ["e"]))
        {
            writer.Write("e", Recorded.Message(0, 1, 10));
            writer.Write("e", Recorded.Message(0, 2, 20 << 20));
            writer.Write("e", Recorded.Message(0, 3, 10));
        }

        Assert.Equal([10, 20 << 20, 10], RecordingReader.Open(_root["r"]).Messages("e").Select(message => message.Tensors[0].Shape[0]));
    }

    [Fact]
    public void TensorsAreBorrowedForTheCallOnly()
    {
        float[] values = [1, 2];
        using (var writer = new RecordingWriter(_root["r"], Recorded.Header(), ["e"]))
        {
            writer.Write("e", Recorded.Message(1, TensorBlock.FromArray("x", ElementType.Float32, [2], values)));
            values[0] = 99;
        }

        Assert.Equal([1f, 2f], RecordingReader.Open(_root["r"]).Messages("e").Select(message => message.Tensors[0].ToArray<float>()).Single());
    }

    [Fact]
    public void MistakesAreNamed()
    {
        File.WriteAllText(_root["file"], "");
        Assert.Throws<UserErrorException>(() => new RecordingWriter(_root["file"], Recorded.Header(), []));
        Assert.Throws<UserErrorException>(() => new RecordingWriter(_root.Path, Recorded.Header(), []));
        Assert.Throws<ArgumentException>(() => new RecordingWriter(New(), Recorded.Header(), ["a", "a"]));
        Assert.Throws<UserErrorException>(() => RecordingReader.Open(_root["none"]));
        Assert.Throws<UserErrorException>(() => RecordingReader.Open(_root.Path));
        using var writer = new RecordingWriter(New(), Recorded.Header(), ["a"]);
        Assert.Throws<ArgumentException>(() => writer.Write("b", Recorded.Message(1)));
        var large = new TensorBlock("x", ElementType.UInt8, [RecordingWriter.MaxMessageBytes], 1, RecordingWriter.MaxMessageBytes);
        Assert.Throws<ArgumentException>(() => writer.Write("a", Recorded.Message(1, large)));
    }

    public void Dispose() => _root.Dispose();

    private string New() => _root[$"r{_next++}"];
}
