// The memory bound of the builders, measured.
using XClassFlow.Data;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Tests.Torch;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

[Collection(AloneTests.Name)]
public sealed class GraphMemoryTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(9)]
    public void AnApproximateBuildStaysBelowItsBound(int mebibytes)
    {
        using var rows = new TestRows(30_000, 8, TestRows.Groups);
        var settings = new ApproximateGraphSettings { K = 16, PartSize = 128, Memory = (long)mebibytes << 20, TargetRecall = 1, MaxRounds = 2, Sample = 50 };
        var before = NativeBytes.Live;
        NativeBytes.ResetPeak();
        using (var graph = ApproximateGraph.Build(rows.Source, settings, new WorkerTeam(2, CancellationToken.None), null))
        {
            Assert.InRange(NativeBytes.Peak - before, 1, settings.Memory);
            Assert.InRange(graph.Recall, 0.9, 1);
        }

        Assert.Equal(before, NativeBytes.Live);
    }

    [Fact]
    public void WhatCannotHoldIsRefusedBeforeItStarts()
    {
        using var rows = new TestRows(30_000, 8, TestRows.Groups);
        NativeBytes.ResetPeak();
        var before = NativeBytes.Live;
        var error = Assert.Throws<UserErrorException>(
            () => ApproximateGraph.Build(rows.Source, new ApproximateGraphSettings { PartSize = 128, Memory = 4 << 20 }, TestRows.One, null));
        Assert.Contains("a graph of 30,000 classes with k = 16 needs", error.Message, StringComparison.Ordinal);
        Assert.Contains("the bound is 4 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, NativeBytes.Peak);
    }

    [Fact]
    public void AFailedBuildLeavesNothing()
    {
        using var rows = new TestRows(3000, 8, TestRows.Groups);
        var before = NativeBytes.Live;
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ApproximateGraph.Build(rows.Source, new ApproximateGraphSettings(), new WorkerTeam(2, stop.Token), null));
        Assert.Equal(before, NativeBytes.Live);
    }
}
