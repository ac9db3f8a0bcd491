// The built-in transform keeps the rules that users' stages keep.
using XClassFlow.Conformance;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class ClipGradientTests : StageConformance<ClipGradient>
{
    protected override ClipGradient Create() => new(new ClipGradient.Settings(2), new StageSite("clip", "backbone.segment_gradients", 0, 1));

    protected override IEnumerable<Sample> Messages() => [
        new(new SegmentGradient(0, 1, ones(2))), new(new SegmentGradient(0, 0, ones(100))), new(new SegmentGradient(1, 1, zeros(3)))];

    /// <summary>Squares of the largest are beyond float32; what is no number goes on as it is, so that the guard leaves the step out.</summary>
    [Theory]
    [InlineData(3f, 4f, 1.2f, 1.6f)]
    [InlineData(3e20f, -4e20f, 1.2f, -1.6f)]
    [InlineData(3e37f, 4e37f, 1.2f, 1.6f)]
    [InlineData(float.PositiveInfinity, 4f, float.PositiveInfinity, 4f)]
    [InlineData(1e20f, float.NaN, 1e20f, float.NaN)]
    public void Gradients_of_any_size_are_clipped_and_those_that_are_no_numbers_are_not(float first, float second, float clippedFirst, float clippedSecond)
    {
        using var scope = NewDisposeScope();
        using var driver = new StageDriver(Create);
        driver.Start();
        driver.Send("in", new SegmentGradient(0, 0, tensor(new[] { first, second })));
        driver.Run();
        var clipped = Assert.IsType<SegmentGradient>(Assert.Single(driver.Take()).Message);
        Assert.All(new[] { clippedFirst, clippedSecond }.Zip(clipped.Gradient.data<float>().ToArray()), p => Assert.Equal(p.First, p.Second, 1e-5f));
        clipped.Dispose();
    }

    protected override IEnumerable<Sample> EmptyMessages() => [new(new SegmentGradient(0, 0, empty(0)))];
}
