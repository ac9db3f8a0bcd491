// Every message of the training graph survives being taken apart and put together, and its alias shares memory.
using System.Reflection;
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public sealed class MessageCodecTests
{
    private static readonly StepPlan Plan = new(3, StepPhase.Evaluate, 1L << 40, 4096, 8, 0.1, 1 / 3.0, 1234, true, Audit: true);

    public static TheoryData<string, bool> Types => [.. typeof(StepPlan).Assembly.GetExportedTypes()
        .Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract).SelectMany(t => new[] { false, true }.Select(n => new TheoryDataRow<string, bool>(t.FullName!, n)))];

    [Theory]
    [MemberData(nameof(Types))]
    public void WhatIsTakenApartIsPutTogether(string type, bool withNulls)
    {
        using var scope = NewDisposeScope();
        var message = Sample(type, withNulls);
        var codec = MessageCodec.Of(message.GetType());
        var tensors = codec.NamedTensors(message).ToDictionary(t => t.Name, t => t.Tensor.clone());
        var back = codec.Create(codec.Scalars(message), name => tensors.GetValueOrDefault(name));
        Assert.IsType(message.GetType(), back);
        Assert.Equal(codec.Scalars(message), codec.Scalars(back));
        Assert.Equal(codec.NamedTensors(message).Select(t => t.Name), codec.NamedTensors(back).Select(t => t.Name));
        Assert.All(codec.NamedTensors(message).Zip(codec.NamedTensors(back)), pair =>
        {
            Assert.Equal(pair.First.Tensor.dtype, pair.Second.Tensor.dtype);
            Assert.True(pair.First.Tensor.eq(pair.Second.Tensor).all().item<bool>());
        });
        Assert.Equal((message.Step, message.MicroBatch), (back.Step, back.MicroBatch));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void AnAliasSharesMemoryAndOutlivesTheOriginal(string type, bool withNulls)
    {
        var before = LiveTensors.Count();
        using (NewDisposeScope())
        {
            var message = Sample(type, withNulls);
            var codec = MessageCodec.Of(message.GetType());
            var alias = codec.Alias(message);
            Assert.Equal(codec.Scalars(message), codec.Scalars(alias));
            var pairs = codec.Tensors(message).Zip(codec.Tensors(alias)).ToArray();
            foreach (var (original, shared) in pairs)
            {
                Assert.NotSame(original, shared);
                original.fill_(5);
            }

            message.Dispose();
            Assert.All(pairs, p => Assert.True(p.Second.eq(5).all().item<bool>()));
            alias.Dispose();
            Assert.All(pairs, p => Assert.True(p.Second.IsInvalid));
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Step": "x", "MicroBatch": 0, "Plan": null }""")]
    [InlineData("[]")]
    [InlineData("no JSON")]
    public void WhatDoesNotFitIsAFormatErrorAndFreesWhatWasGiven(string scalars)
    {
        var before = LiveTensors.Count();
        var codec = MessageCodec.Of(typeof(Disordered));
        Assert.Throws<FormatException>(() => codec.Create(scalars, _ => ones(2)));
        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Fact]
    public void ValuesThatAreNoNumbersInJsonSurvive()
    {
        var report = new HeadReport(1, 0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, long.MinValue);
        var codec = MessageCodec.Of(typeof(HeadReport));
        Assert.Equal(report, codec.Create(codec.Scalars(report), _ => null));
    }

    private static Message Sample(string type, bool withNulls)
    {
        var constructor = typeof(StepPlan).Assembly.GetType(type)!.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        var nullability = new NullabilityInfoContext();
        return (Message)constructor.Invoke([.. constructor.GetParameters().Select((p, i) =>
            withNulls && nullability.Create(p).WriteState == NullabilityState.Nullable ? null : Value(p.ParameterType, i))]);
    }

    private static object Value(Type type, int i) => type switch
    {
        _ when type == typeof(long) => (1L << 50) + i,
        _ when type == typeof(long?) => (1L << 50) + i,
        _ when type == typeof(double?) => Math.PI * i,
        _ when type == typeof(int) => 70_000 + i,
        _ when type == typeof(double) => Math.PI * i,
        _ when type == typeof(bool) => true,
        _ when type == typeof(string) => "größe \"x\"",
        _ when type == typeof(long[]) => new[] { long.MaxValue, -1 },
        _ when type == typeof(int[]) => new[] { int.MinValue, i },
        _ when type == typeof(float[]) => new[] { 0.1f, float.NegativeInfinity },
        _ when type == typeof(RowDrift) => new RowDrift(i, 0.1, 1 / 3.0),
        _ when type == typeof(double[]) => new[] { 0.1, -1e300 },
        _ when type == typeof(string[]) => new[] { "a", "b" },
        _ when type == typeof(Dictionary<string, string>) => new Dictionary<string, string> { ["k"] = "v" },
        _ when type == typeof(Tensor) => arange(6).reshape(2, 3) + i,
        _ when type == typeof(Tensor[]) => new[] { ones(2), zeros(1, dtype: ScalarType.Int64) },
        _ when type == typeof(StepPlan) => Plan,
        _ when Nullable.GetUnderlyingType(type) is { } inner => Value(inner, i),
        _ => throw new NotSupportedException($"say what a sample of {type} is"),
    };

    /// <summary>A tensor before the values that do not fit.</summary>
    public sealed record Disordered(Tensor First, long Step, int MicroBatch, StepPlan Plan) : Message(Step, MicroBatch);
}
