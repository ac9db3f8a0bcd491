// float32 tensors in shorter types on the wire.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

[Collection(LiveTensors.Name)]
public sealed class WirePrecisionTests
{
    [Theory]
    [InlineData(WirePrecision.Float32, 4, 0)]
    [InlineData(WirePrecision.Float16, 2, 1.0 / 2048)]
    [InlineData(WirePrecision.Bfloat16, 2, 1.0 / 256)]
    public void There_and_back_loses_no_more_than_the_type_does(WirePrecision precision, long elementSize, double relative)
    {
        var before = LiveTensors.Count();
        using (var scope = NewDisposeScope())
        {
            var x = randn(40, 30).t();
            var wire = precision.ToWire(x);
            Assert.Equal(elementSize, wire.element_size());
            Assert.True(wire.is_contiguous());
            using var back = WirePrecisionConversion.FromWire(wire);
            Assert.Equal(ScalarType.Float32, back.dtype);
            Assert.True(((back - x).abs() <= x.abs() * relative).all().item<bool>());
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Fact]
    public void Other_types_cross_as_they_are()
    {
        var before = LiveTensors.Count();
        using (var labels = arange(5, dtype: ScalarType.Int64))
        {
            using var wire = WirePrecision.Bfloat16.ToWire(labels);
            Assert.Equal(ScalarType.Int64, wire.dtype);
            Assert.True(wire.Equals(labels));
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }
}
