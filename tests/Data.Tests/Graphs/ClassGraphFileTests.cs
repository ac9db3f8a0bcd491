// A class graph comes back from its file, and nothing else is taken for one.
using Apache.Arrow;
using Apache.Arrow.Ipc;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Graphs;
using XClassFlow.Data.Randomness;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Graphs;

public sealed unsafe class ClassGraphFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(5000, 16)]
    [InlineData(2500, 4096)]
    public void WhatIsWrittenIsRead(int classes, int k)
    {
        var (info, ids) = Write("graph.arrow", classes, k);
        using var graph = ClassGraphFile.Open(_folder.File("graph.arrow"));
        Assert.Equal(info, graph.Info);
        for (var c = 0; c < classes; c += Math.Max(1, classes / 100))
        {
            Assert.Equal(ids.AsSpan(c * k, k).ToArray(), graph.Of(c).ToArray());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Of(classes).Length);
        Assert.Equal(["graph.arrow"], _folder.Names());
    }

    [Fact]
    public void ArrowReadsItToo()
    {
        var (_, ids) = Write("graph.arrow", 50, 4);
        using var stream = File.OpenRead(_folder.File("graph.arrow"));
        using var reader = new ArrowFileReader(stream);
        using var batch = reader.ReadNextRecordBatch();
        Assert.Equal("xclassflow-class-graph", reader.Schema.Metadata["format"]);
        var lists = Assert.IsType<FixedSizeListArray>(batch.Column("neighbours"));
        Assert.Equal(ids, ((Int32Array)lists.Values).Values.ToArray());
        GC.KeepAlive(batch);
    }

    [Fact]
    public void AGraphOfAnotherNumberOfClassesIsRefused()
    {
        Write("graph.arrow", 50, 4);
        using var graph = ClassGraphFile.Open(_folder.File("graph.arrow"));
        graph.RequireClasses(50, "the head");
        var error = Assert.Throws<UserErrorException>(() => graph.RequireClasses(51, "the head"));
        Assert.Contains("graph.arrow: is a graph of 50 classes, the head has 51", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFilesAreRefused()
    {
        Samples.Write(_folder.File("data.arrow"), SampleShape.Features(4), SampleStorage.Features, 6, 3);
        File.WriteAllText(_folder.File("text"), "no graph at all");
        File.WriteAllText(_folder.File("empty"), "");
        Assert.Contains("data.arrow: this is not a class graph", Error("data.arrow"), StringComparison.Ordinal);
        Assert.Contains("text: this is not an Arrow IPC file", Error("text"), StringComparison.Ordinal);
        Assert.Contains("empty: the file is empty", Error("empty"), StringComparison.Ordinal);
        Assert.Contains("absent: there is no such file", Error("absent"), StringComparison.Ordinal);
    }

    [Fact]
    public void CutFilesAreRefused()
    {
        Write("graph.arrow", 40, 4);
        var whole = File.ReadAllBytes(_folder.File("graph.arrow"));
        for (var length = 0; length < whole.Length; length += 13)
        {
            File.WriteAllBytes(_folder.File("cut.arrow"), whole[..length]);
            Assert.Contains("cut.arrow", Error("cut.arrow"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ChangedBytesAreSeenOrDoNotMatter()
    {
        var (_, ids) = Write("graph.arrow", 60, 5);
        var whole = File.ReadAllBytes(_folder.File("graph.arrow"));
        var random = new CounterRandom(5);
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= (byte)(1 + random.NextInt32(255));
            File.WriteAllBytes(_folder.File("changed.arrow"), changed);
            try
            {
                using var graph = ClassGraphFile.Open(_folder.File("changed.arrow"));
                Assert.Equal(ids, Enumerable.Range(0, 60).SelectMany(c => graph.Of(c).ToArray()));
            }
            catch (UserErrorException e)
            {
                Assert.Contains("changed.arrow", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void ListsThatNameNoClassesAreRefused()
    {
        Write("foreign.arrow", 40, 4, ids => ids[4 * 7] = 8);
        Assert.Contains("the list of class 7 begins with 8", Error("foreign.arrow"), StringComparison.Ordinal);
        Write("far.arrow", 40, 4, ids => ids[(4 * 7) + 2] = 40);
        Assert.Contains("the list of class 7", Error("far.arrow"), StringComparison.Ordinal);
        Write("negative.arrow", 40, 4, ids => ids[(4 * 7) + 2] = -1);
        Assert.Contains("the list of class 7", Error("negative.arrow"), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatCannotBeWrittenLeavesNothing()
    {
        File.WriteAllText(_folder.File("file"), "");
        Assert.Throws<UserErrorException>(() => Write("file/graph.arrow", 5, 2));
        Assert.Throws<UserErrorException>(() => Write(".", 5, 2));
        Assert.Equal(["file"], _folder.Names());
    }

    private string Error(string name) => Assert.Throws<UserErrorException>(() => ClassGraphFile.Open(_folder.File(name))).Message;

    private (ClassGraphInfo Info, int[] Ids) Write(string name, int classes, int k, Action<int[]>? change = null)
    {
        var info = new ClassGraphInfo(classes, k, "approximate", 3, classes % 2 == 0 ? 0.9725 : null, classes % 3 == 0 ? null : 1000);
        var ids = new int[classes * k];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = (int)(((i / k) + (7L * (i % k))) % classes);
        }

        change?.Invoke(ids);
        fixed (int* first = ids)
        {
            ClassGraphWriter.Write(_folder.File(name), info, first);
        }

        return (info, ids);
    }
}
