// Class weights of every type and optimizer: what an update does, and what it does not depend on.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;
using static XClassFlow.Stages.Tests.Head.HeadRowsOf;

namespace XClassFlow.Stages.Tests.Head.Rows;

public sealed class ClassWeightsTests
{
    private const int Classes = 53;
    private const int D = 19;

    public static TheoryData<WeightType, RowUpdate> Kinds => new MatrixTheoryData<WeightType, RowUpdate>(
        [WeightType.Fp32, WeightType.Bf16],
        [new(0), new(0.9), new(0.9, 1e-3), new(0, 1e-3), new(0, 0, OptimizerKind.Adagrad), new(0, 1e-2, OptimizerKind.Adagrad), new(0.9, 1e-3, OptimizerKind.Lars), new(0, 0, OptimizerKind.Lars)]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void StoredBitsDoNotDependOnShardsOrThreads(WeightType type, RowUpdate update)
    {
        using var whole = ClassWeights.Create(0, Classes, D, 9, update, type, threads: 1);
        var partition = new ClassPartition(Classes, 3);
        var parts = Enumerable.Range(0, 3).Select(s => ClassWeights.Create(partition.StartOf(s), partition.CountOf(s), D, 9, update, type, threads: 3)).ToArray();
        for (var step = 0; step < 12; step++)
        {
            var gradient = Matrices.Normal(Classes, D, 1, step);
            int[] rows = [.. Enumerable.Range(0, Classes).Where(r => (r + step) % 5 < 2)];
            Visit(whole, rows, gradient, 0.1, step);
            for (var s = 0; s < 3; s++)
            {
                var start = (int)partition.StartOf(s);

                // In another order too.
                int[] own = [.. rows.Where(r => partition.OwnerOf(r) == s).Select(r => r - start).Reverse()];
                Visit(parts[s], own, gradient[start..(start + (int)partition.CountOf(s))], 0.1, step);
            }
        }

        whole.CatchUp();
        Array.ForEach(parts, p => p.CatchUp());
        Assert.Equal(Bytes(whole.Weight), parts.SelectMany(p => Bytes(p.Weight)));
        Array.ForEach(parts, p => p.Dispose());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ASavedStateGoesOnBitByBit(WeightType type, RowUpdate update)
    {
        using var straight = ClassWeights.Create(5, Classes, D, 9, update, type, threads: 1);
        void Steps(ClassWeights weights, int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                Visit(weights, [step, step + 3], Matrices.Normal(Classes, D, 1, step), 0.1 + (0.01 * step), step);
            }
        }

        Steps(straight, 0, 10);
        using var resumed = CopyOf(straight, 5, update, seed: 9);
        Steps(straight, 10, 20);
        Steps(resumed, 10, 20);
        Assert.Equal(Bytes(straight.Weight), Bytes(resumed.Weight));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OnlyWhatTheOptimizerNeedsIsKept(WeightType type, RowUpdate update)
    {
        using var weights = ClassWeights.Create(0, Classes, D, 9, update, type, threads: 1);
        Assert.Equal(type == WeightType.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32, weights.Weight.dtype);
        Assert.Equal(update.Optimizer != OptimizerKind.Adagrad && update.Momentum > 0, weights.Momentum is not null);
        Assert.Equal(update.Optimizer == OptimizerKind.Adagrad, weights.Accumulators is not null);
        Assert.Equal(weights.Momentum is not null || update.WeightDecay > 0, weights.LastSteps is not null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-2)]
    public void AdaGradEqualsTheDenseOne(double decay)
    {
        const double Epsilon = 1e-6;
        var w = Matrices.Normal(Classes, D, 1, 1);
        var h = new double[Classes];
        using var weights = Values(0, w, D, new RowUpdate(0, decay, OptimizerKind.Adagrad, Epsilon));
        for (var step = 0; step < 40; step++)
        {
            var rate = 0.05 * (1 + (step % 3));
            int[] rows = [.. Enumerable.Range(0, Classes).Where(r => (r * 7 + step) % 9 < 2)];
            var gradient = DenseOracle.Zeros(w);
            foreach (var row in rows)
            {
                gradient[row] = Matrices.Normal(1, D, 1, (step * 100) + row)[0];
                h[row] += gradient[row].Average(g => g * g);
            }

            Visit(weights, rows, gradient, rate, step);
            for (var c = 0; c < Classes; c++)
            {
                for (var d = 0; d < D; d++)
                {
                    w[c][d] -= rate * ((decay * w[c][d]) + (gradient[c][d] / (Math.Sqrt(h[c]) + Epsilon)));
                }
            }
        }

        Assert.InRange(Matrices.Difference(w, Read(weights, 40)), 0, 1e-5);
    }

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 1e-2)]
    [InlineData(0, 0)]
    [InlineData(0, 1e-2)]
    public void RowWiseLarsEqualsTheDenseOneInWhichIdleRowsHaveGradientZero(double momentum, double decay)
    {
        const double Trust = 0.1;
        const double Floor = 0.2;
        var w = Matrices.Normal(Classes, D, 1, 1);
        w[3] = new double[D];
        var v = DenseOracle.Zeros(w);
        using var weights = Values(0, w, D, new RowUpdate(momentum, decay, OptimizerKind.Lars, Trust: Trust, Floor: Floor));
        for (var step = 0; step < 40; step++)
        {
            var rate = 0.05 * (1 + (step % 3));
            int[] rows = [.. Enumerable.Range(0, Classes).Where(r => (r * 7 + step) % 9 < 2)];
            var gradient = DenseOracle.Zeros(w);
            var scaled = DenseOracle.Zeros(w);
            foreach (var row in rows)
            {
                // Lengths over four orders of magnitude, on both sides of the floor.
                gradient[row] = Matrices.Normal(1, D, Math.Pow(10, -(row % 5)), (step * 100) + row)[0];
                var (length, norm) = (Math.Sqrt(w[row].Sum(x => x * x)), Math.Sqrt(gradient[row].Sum(x => x * x)));
                var ratio = length == 0 ? 1 : Trust * length / (norm + (Floor * length));
                scaled[row] = Array.ConvertAll(gradient[row], g => ratio * g);
            }

            Visit(weights, rows, gradient, rate, step);
            DenseOracle.Update(w, v, scaled, rate, momentum, decay);
        }

        Assert.InRange(Matrices.Difference(w, Read(weights, 40)), 0, 1e-5);
    }

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 1e-2)]
    [InlineData(0, 1e-2)]
    public void CatchingUpChangesWhatIsStoredAndNotWhatIsRead(double momentum, double decay)
    {
        var update = new RowUpdate(momentum, decay);
        using var lazy = Values(0, Matrices.Normal(Classes, D, 1, 1), D, update);
        using var caught = Values(0, Matrices.Normal(Classes, D, 1, 1), D, update, threads: 2);
        for (var step = 0; step < 30; step++)
        {
            int[] rows = [step % Classes, (step * 3 % 40) + 10];
            Visit(lazy, rows.Distinct().ToArray(), Matrices.Normal(Classes, D, 1, step), 0.1, step);
            Visit(caught, rows.Distinct().ToArray(), Matrices.Normal(Classes, D, 1, step), 0.1, step);
            if (step % 7 == 3)
            {
                caught.CatchUp();
                Assert.Equal(Matrices.ToRows(caught.Weight), Read(caught, step + 1));
                var once = Bytes(caught.Weight);
                caught.CatchUp();
                Assert.Equal(once, Bytes(caught.Weight));
            }
        }

        Assert.InRange(Matrices.Difference(Read(lazy, 30), Read(caught, 30)), 0, 1e-5);
    }

    [Fact]
    public void SmallUpdatesAddUpInBf16()
    {
        // 2,000 updates of 1/1000 of a step of the type: rounding to nearest would lose every one.
        const int Steps = 2000;
        const float Change = 1f / 128 / 1000;
        double[][] ones = [.. Enumerable.Range(0, Classes).Select(_ => Enumerable.Repeat(1.0, D).ToArray())];
        var update = new RowUpdate(0);
        using var weights = ClassWeights.Restore(0, New(Matrices.ToTensor(ones, D).to(ScalarType.BFloat16), update), 3, update, 1);
        for (var step = 0; step < Steps; step++)
        {
            Visit(weights, [.. Enumerable.Range(0, Classes)], ones, -Change, step);
        }

        var mean = Read(weights, Steps).Average(r => r.Average());
        Assert.Equal(1 + (Steps * Change), mean, 0.001);
    }

    [Fact]
    public void FirstRowsOfBothTypesAreTheSameDraws()
    {
        using var single = ClassWeights.Create(3, 500, D, 4, new RowUpdate(0), WeightType.Fp32, threads: 3);
        using var half = ClassWeights.Create(3, 500, D, 4, new RowUpdate(0), WeightType.Bf16, threads: 2);
        using var rounded = single.Weight.to(ScalarType.BFloat16);
        Assert.Equal(Bytes(rounded), Bytes(half.Weight));
        Assert.InRange(Read(half, 0).Average(r => r.Sum(x => x * x)), 0.97, 1.03);
    }

    private static byte[] Bytes(Tensor tensor) => TensorMemory.BlockOf("rows", tensor).ToArray<byte>();
}
