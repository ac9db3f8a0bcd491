// A run that begins with other active classes than it ends with.
using XClassFlow.Data;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Tests.Graph;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class AnnealTests
{
    [Theory]
    [InlineData(0, 1000, 0.9)]
    [InlineData(0.125, 775, 0.8)]
    [InlineData(0.25, 550, 0.7)]
    [InlineData(0.5, 100, 0.5)]
    [InlineData(0.9, 100, 0.5)]
    public void Both_go_in_a_straight_line_to_what_is_configured(double progress, long budget, double share)
    {
        var settings = new ActiveClassesSettings(SelectionMode.Mix, Budget: 100, Anneal: new AnnealSettings(1000, 0.9));
        Assert.Equal(budget, settings.At(progress).Budget);
        Assert.Equal(share, settings.At(progress).NeighbourShare, 1e-12);
    }

    [Theory]
    [InlineData(SelectionMode.Uniform, 0)]
    [InlineData(SelectionMode.Knn, 1)]
    public void Without_a_mix_only_the_budget_moves(SelectionMode mode, double share)
    {
        var settings = new ActiveClassesSettings(mode, Budget: 100, Anneal: new AnnealSettings(20, 0.3, Until: 1));
        Assert.Equal((20, share), settings.At(0));
        Assert.Equal((60, share), settings.At(0.5));
        Assert.Equal((100, share), settings.At(1));
    }

    [Fact]
    public void A_share_that_is_annealed_to_nothing_still_needs_a_class_graph()
        => Assert.True(new ActiveClassesSettings(SelectionMode.Mix, 100, NeighbourShare: 0, Anneal: new AnnealSettings(NeighbourShare: 0.5)).UsesGraph);

    /// <summary>A share just above 0 has room for nobody's neighbours; groups are as large as where the share is going to, or comes from.</summary>
    [Theory]
    [InlineData(0.5, 0.0)]
    [InlineData(0.0, 0.5)]
    public void A_share_near_nothing_does_not_make_groups_of_one_sample(double end, double start)
    {
        var settings = new ActiveClassesSettings(SelectionMode.Mix, 10_000, NeighbourShare: end, Anneal: new AnnealSettings(NeighbourShare: start, Until: 1));
        Assert.All([0.001, 0.5, 0.999], progress => Assert.Equal(256, settings.GroupOf(256, 10_000, settings.At(progress).NeighbourShare)));
    }

    [Fact]
    public void What_cannot_be_annealed_is_said()
    {
        string Refused(ActiveClassesSettings settings) => Assert.Throws<UserErrorException>(() =>
        {
            settings.Anneal.Validate("anneal");
            settings.Validate("active-classes");
            settings.ValidateFor(500, "active-classes");
        }).Message;
        Assert.Contains("all classes are active", Refused(new ActiveClassesSettings(Anneal: new AnnealSettings(10))), StringComparison.Ordinal);
        Assert.Contains("501", Refused(new ActiveClassesSettings(SelectionMode.Mix, 100, Anneal: new AnnealSettings(501))), StringComparison.Ordinal);
        Assert.Contains("until", Refused(new ActiveClassesSettings(SelectionMode.Mix, 100, Anneal: new AnnealSettings(Until: 0))), StringComparison.Ordinal);
        Assert.Contains("budget", Refused(new ActiveClassesSettings(SelectionMode.Mix, 100, Anneal: new AnnealSettings(0))), StringComparison.Ordinal);
    }

    /// <summary>In updates 0 to 9 of 20 M falls from 200 to 64; from update 10 on the run has what it would have had anyway.</summary>
    [Fact]
    public async Task A_run_uses_as_many_classes_as_its_steps_plan()
    {
        var run = await new TinyRun
        {
            Shards = 3,
            Active = new ActiveClassesSettings(SelectionMode.Mix, Budget: 64, Group: 32, Neighbours: 6, RebuildEvery: 7, Anneal: new AnnealSettings(200, 0.9)),
        }.RunInlineAsync();
        Assert.Equal(Enumerable.Range(0, 20).Select(step => 64 + (long)Math.Round(136 * Math.Max(0, 1 - (step / 10.0)))), run.Steps.Select(s => s.Plan.ActiveBudget));
        Assert.All(run.Steps, s => Assert.Equal(s.Plan.ActiveBudget, s.ActiveClasses));
        Assert.Equal(0.9, run.Steps[0].Plan.NeighbourShare, 1e-12);
        Assert.Equal(0.5, run.Steps[^1].Plan.NeighbourShare, 1e-12);
    }

    /// <summary>Where samples end the run they are what counts, so that a batch that grows anneals as fast.</summary>
    [Fact]
    public async Task Counts_samples_where_these_end_the_run()
    {
        var run = await new TinyRun
        {
            Samples = 320,
            Active = new ActiveClassesSettings(SelectionMode.Uniform, Budget: 50, Anneal: new AnnealSettings(100, Until: 1)),
        }.RunInlineAsync();
        Assert.Equal([100, 95, 90, 85, 80, 75, 70, 65, 60, 55], run.Steps.Select(s => s.Plan.ActiveBudget));
    }
}
