// Percentiles in bounded memory agree with the exact ones.
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Stages.Tests.Reporting;

public sealed class StepTimesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void PercentilesAreWithinHalfAPercentWhateverTheOrder(int count)
    {
        var random = new Random(5);
        var times = Enumerable.Range(0, count).Select(_ => TimeSpan.FromMilliseconds(Math.Exp(14 * random.NextDouble() - 4))).ToArray();
        var forward = new StepTimes();
        var backward = new StepTimes();
        foreach (var time in times)
        {
            forward.Add(time);
        }

        foreach (var time in times.Reverse())
        {
            backward.Add(time);
        }

        var sorted = times.Order().Select(t => t.TotalMilliseconds).ToArray();
        foreach (var quantile in new[] { 0, 0.25, 0.5, 0.95, 1 })
        {
            var exact = sorted[Math.Max(0, (int)Math.Ceiling(quantile * count) - 1)];
            Assert.InRange(forward.Milliseconds(quantile), exact * 0.995, exact * 1.005);
            Assert.Equal(forward.Milliseconds(quantile), backward.Milliseconds(quantile));
        }
    }

    [Fact]
    public void NothingHasNoPercentile()
    {
        Assert.True(double.IsNaN(new StepTimes().Milliseconds(0.5)));
        Assert.Null(new StepTimes().ToReport());
    }

    [Fact]
    public void ExtremesAreCounted()
    {
        var times = new StepTimes();
        times.Add(TimeSpan.Zero);
        times.Add(TimeSpan.FromDays(1000));

        Assert.Equal(0.001, times.Milliseconds(0), 0.001);
        Assert.Equal(2, times.Count);
        Assert.InRange(times.Milliseconds(1), TimeSpan.FromDays(10).TotalMilliseconds, TimeSpan.FromDays(1000).TotalMilliseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => times.Add(TimeSpan.FromMilliseconds(-1)));
    }
}
