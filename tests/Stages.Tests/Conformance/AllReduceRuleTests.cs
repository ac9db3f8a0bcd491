// Which way a segment's gradient takes.
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class AllReduceRuleTests
{
    // 4,096 values are 16 KiB. Beyond two hops, one hop sends (R - 1)(R - 2) / R n values more: 2/3 n with three ranks, 3/2 n with four.
    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(2, 262_144, true)]
    [InlineData(2, 262_145, false)]
    [InlineData(3, 6144, true)]
    [InlineData(3, 6145, false)]
    [InlineData(4, 2730, true)]
    [InlineData(4, 2731, false)]
    [InlineData(1024, 4, true)]
    [InlineData(1024, 5, false)]
    public void Auto_takes_one_hop_where_it_sends_hardly_more(int ranks, long values, bool oneHop)
        => Assert.Equal(oneHop, AllReduceRule.TakesOneHop(AllReduceWay.Auto, ranks, values));

    [Theory]
    [InlineData(2, 1_000_000_000)]
    [InlineData(1024, 1)]
    public void What_is_asked_for_is_taken(int ranks, long values)
    {
        Assert.True(AllReduceRule.TakesOneHop(AllReduceWay.OneHop, ranks, values));
        Assert.False(AllReduceRule.TakesOneHop(AllReduceWay.TwoHops, ranks, values));
    }
}
