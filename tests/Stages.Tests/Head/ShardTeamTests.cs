// The threads of a shard: every piece once, failures to the caller, and ready for the next call.
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Tests.Head;

public sealed class ShardTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EveryPieceRunsOnceAndAWorkerHasOneAtATime(int threads)
    {
        using var team = new ShardTeam(threads);
        for (var pieces = 0; pieces < 60; pieces++)
        {
            var runs = new int[pieces];
            var busy = new int[threads];
            team.Run(pieces, (piece, worker) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref busy[worker]));
                Interlocked.Increment(ref runs[piece]);
                Interlocked.Decrement(ref busy[worker]);
            });
            Assert.All(runs, n => Assert.Equal(1, n));
        }

        var items = new int[1000];
        team.RunBlocks(items.Length, 37, (start, count, _) => Array.Fill(items, 1, (int)start, count));
        Assert.All(items, n => Assert.Equal(1, n));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AFailureReachesTheCallerAndTheTeamGoesOn(int threads)
    {
        using var team = new ShardTeam(threads);
        for (var i = 0; i < 20; i++)
        {
            Assert.Throws<InvalidOperationException>(() => team.Run(50, (piece, _) =>
            {
                if (piece % 10 == 3)
                {
                    throw new InvalidOperationException("a piece failed");
                }
            }));
            var runs = 0;
            team.Run(50, (_, _) => Interlocked.Increment(ref runs));
            Assert.Equal(50, runs);
        }
    }

    [Fact]
    public void TheCallersThreadsOfLibtorchAreAsBefore()
    {
        var before = TorchSharp.torch.get_num_threads();
        using var team = new ShardTeam(3);
        Assert.Equal(before, TorchSharp.torch.get_num_threads());
        team.Run(10, (_, _) => Assert.Equal(1, TorchSharp.torch.get_num_threads()));
        Assert.Equal(before, TorchSharp.torch.get_num_threads());
    }
}
