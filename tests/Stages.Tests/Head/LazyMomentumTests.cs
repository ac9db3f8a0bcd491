// Rows that are visited now and then end where the dense optimizer brings them.
using XClassFlow.Stages.Head;
using static TorchSharp.torch;
using static XClassFlow.Stages.Tests.Head.HeadRowsOf;

namespace XClassFlow.Stages.Tests.Head;

public sealed class LazyMomentumTests
{
    private const int Rows = 40;
    private const int D = 5;
    private const int Steps = 200;

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 1e-2)]
    [InlineData(0, 1e-2)]
    [InlineData(0, 0)]
    [InlineData(0.99, 1e-3)]
    public void VisitedRowsEqualTheDenseOptimizerWithZeroGradientsInBetween(double momentum, double decay)
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        var w = Matrices.Normal(Rows, D, 1, 1);
        var v = DenseOracle.Zeros(w);
        using var weights = Weights(w, new RowUpdate(momentum, decay));
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var rate = 0.1 * random.NextDouble();

            // Row 0 is never visited, row 1 at every step, the others with very different frequencies.
            var visited = Enumerable.Range(1, Rows - 1).Where(r => r == 1 || random.NextDouble() < 1.0 / r).ToArray();
            var gradient = DenseOracle.Zeros(w);
            foreach (var (row, i) in visited.Select((r, i) => (r, i)))
            {
                gradient[row] = Matrices.Normal(1, D, 1, (step * 1000) + i)[0];
            }

            Visit(weights, visited, gradient, rate, step);
            DenseOracle.Update(w, v, gradient, rate, momentum, decay);
        }

        Assert.InRange(Matrices.Difference(w, Read(weights, Steps)), 0, 1e-5);
    }

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 1e-2)]
    [InlineData(0, 1e-2)]
    public void A_step_that_is_left_out_moves_neither_rows_nor_momentum(double momentum, double decay)
    {
        using var scope = NewDisposeScope();
        var w = Matrices.Normal(Rows, D, 1, 1);
        using var with = Weights(w, new RowUpdate(momentum, decay));
        using var without = Weights(w, new RowUpdate(momentum, decay));
        var (step, applied) = (0, 0);
        for (; applied < Steps; step++)
        {
            if (step % 3 == 2)
            {
                with.Prepare(step);
                with.LeaveOut(step);
                continue;
            }

            int[] visited = [1, 2 + (applied % (Rows - 2))];
            var gradient = DenseOracle.Zeros(w);
            Array.ForEach(visited, row => gradient[row] = Matrices.Normal(1, D, 1, (applied * 1000) + row)[0]);
            Visit(with, visited, gradient, 0.05, step);
            Visit(without, visited, gradient, 0.05, applied++);
        }

        Assert.InRange(Matrices.Difference(Read(without, applied), Read(with, step)), 0, 1e-5);
    }

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 1e-2)]
    [InlineData(0.99, 1e-4)]
    [InlineData(0, 1e-2)]
    public void BlocksOfStepsEqualOneProductForEveryStep(double momentum, double decay)
    {
        var update = new RowUpdate(momentum, decay);
        var random = new Random(3);
        var lazy = new LazyMomentum(update, []);
        for (var step = 0; step < 1_600; step++)
        {
            if (step % 97 == 0 || step % 256 is 0 or 1 or 2 or 255)
            {
                AssertEqual(lazy, step);
            }

            lazy.Applied(step, 0.2 * random.NextDouble());
        }

        // From a checkpoint's rates, and again for an earlier step.
        var resumed = new LazyMomentum(update, lazy.Rates);
        AssertEqual(resumed, 1_600);
        AssertEqual(resumed, 511);

        void AssertEqual(LazyMomentum actual, int step)
        {
            // Every age that there is: rows of the last step, of the edges of blocks, and rows that were never visited.
            int[] last = [.. Enumerable.Range(-1, step + 1)];
            var (a, b) = (Factors(actual, last, step), MissedSteps.Factors(update, actual.Rates, last, step));
            foreach (var (x, y) in new[] { (a.WW, b.WW), (a.WV, b.WV), (a.VW, b.VW), (a.VV, b.VV) })
            {
                Assert.Equal(last.Length, x.Length);
                for (var i = 0; i < x.Length; i++)
                {
                    Assert.InRange(x[i], y[i] - 1e-6f, y[i] + 1e-6f);
                }
            }
        }
    }

    [Fact]
    public void WhatAStepAllocatesDoesNotGrowWithTheAgeOfTheRun()
    {
        var lazy = new LazyMomentum(new RowUpdate(0.9, 1e-4), Enumerable.Repeat(0.1, 100_000));
        int[] last = [-1, 5, 99_000];
        Factors(lazy, last, 100_000);
        lazy.Applied(100_000, 0.1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Factors(lazy, last, 100_001);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_096);
    }

    // What brings rows last updated in the given steps to the state before a step.
    private static (float[] WW, float[] WV, float[] VW, float[] VV) Factors(LazyMomentum lazy, int[] lastSteps, int step)
    {
        lazy.Prepare(step);
        RowMotion[] motions = [.. lastSteps.Select(last => lazy.MotionSince(last, step))];
        return ([.. motions.Select(m => (float)m.WW)], [.. motions.Select(m => (float)m.WV)], [.. motions.Select(m => (float)m.VW)], [.. motions.Select(m => (float)m.VV)]);
    }

    [Fact]
    public void ReadingTwiceEqualsReadingOnce()
    {
        using var scope = NewDisposeScope();
        var w = Matrices.Normal(Rows, D, 1, 1);
        using var once = Weights(w, new RowUpdate(0.9, 1e-2));
        using var twice = Weights(w, new RowUpdate(0.9, 1e-2));
        for (var step = 0; step < 20; step++)
        {
            var visited = Enumerable.Range(0, Rows).Where(r => r % 7 == step % 7).ToArray();
            var gradient = Matrices.Normal(Rows, D, 1, step);
            var before = Read(twice, step);
            Assert.Equal(before, Read(twice, step));
            Visit(once, visited, gradient, 0.1, step);
            Visit(twice, visited, gradient, 0.1, step);
        }

        Assert.Equal(Read(once, 20), Read(twice, 20));
    }

    [Fact]
    public void ASavedStateGoesOnAsIfNothingHadHappened()
    {
        using var scope = NewDisposeScope();
        var update = new RowUpdate(0.9, 1e-2);
        var w = Matrices.Normal(Rows, D, 1, 1);
        using var straight = Weights(w, update);
        for (var step = 0; step < 15; step++)
        {
            Visit(straight, [step, step + 3], Matrices.Normal(Rows, D, 1, step), 0.1 + (0.01 * step), step);
        }

        using var resumed = CopyOf(straight, 0, update);
        for (var step = 15; step < 30; step++)
        {
            Visit(straight, [step, step + 3], Matrices.Normal(Rows, D, 1, step), 0.1, step);
            Visit(resumed, [step, step + 3], Matrices.Normal(Rows, D, 1, step), 0.1, step);
        }

        Assert.Equal(Read(straight, 30), Read(resumed, 30));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void FirstRowsDoNotDependOnTheNumberOfShards(int shards)
    {
        using var scope = NewDisposeScope();
        const int Classes = 2500;
        var partition = new ClassPartition(Classes, shards);
        using var whole = ClassWeights.Create(0, Classes, D, 9, new RowUpdate());
        var rows = new List<double[]>();
        for (var s = 0; s < shards; s++)
        {
            using var part = ClassWeights.Create(partition.StartOf(s), partition.CountOf(s), D, 9, new RowUpdate());
            rows.AddRange(Read(part, 0));
        }

        Assert.Equal(Read(whole, 0), rows);
        var deviation = Math.Sqrt(rows.Average(r => r.Average(x => x * x)));
        Assert.InRange(deviation * Math.Sqrt(D), 0.97, 1.03);
    }

    private static ClassWeights Weights(double[][] w, RowUpdate update) => Values(0, w, D, update);
}
