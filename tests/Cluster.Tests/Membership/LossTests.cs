// What becomes of a run when nodes are lost, in every way in which they can be.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class LossTests
{
    [Fact]
    public async Task A_replacement_goes_on_from_the_last_checkpoint_and_no_step_counts_twice()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        await StepsAsync(run, 7);
        await FormedAsync(cluster, 3);
        cluster.Nodes[1].Kill();
        cluster.Start();
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);

        Assert.Equal(20, report.Updates);
        Assert.Equal(160, report.Samples);
        Assert.Equal(Enumerable.Range(1, 20).Select(s => 1.0 / s + (s <= 5 ? 1e-6 : 2e-6)), report.Losses!);
        Assert.Equal([(1, 0, 7), (2, 5, 20)], report.Incarnations!.Select(i => ((int)i.Number, (int)i.FirstStep, (int)i.EndStep)));
        Assert.Contains("lost 127.0.0.1:", report.Incarnations![1].Cause, StringComparison.Ordinal);
        Assert.InRange(report.Incarnations![1].SecondsToResume!.Value, 0.1, 60);

        // 100 for each part: two nodes had two, the lost one and its replacement one.
        Assert.Equal(600, report.Communication!.BytesSent);
        AssertNoStepWasMadeBehindTheBack(cluster.Training);
    }

    [Fact]
    public async Task An_elastic_run_goes_on_with_those_who_are_left()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Nodes[1].Kill();
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);

        Assert.Equal(20, report.Updates);
        Assert.Equal([3, 2], report.Incarnations!.Select(i => i.Nodes));
        var last = cluster.Nodes[0].Runtime.Layouts.Last();
        Assert.Equal([0, 1], last.Shards);
        Assert.Equal(2, last.Incarnation);
    }

    [Fact]
    public async Task When_the_supervisors_node_is_lost_another_takes_over()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        await FormedAsync(cluster, 2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Nodes[0].Kill();
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);

        Assert.Equal(20, report.Updates);
        Assert.Equal([1L, 2L], report.Incarnations!.Select(i => i.Number));
        AssertNoStepWasMadeBehindTheBack(cluster.Training);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_stops_itself_and_the_others_go_on()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        await FormedAsync(cluster, 2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        var cut = cluster.Nodes[1];
        await TestCluster.CutAsync(cut, cluster.Nodes[0], cluster.Nodes[2]);
        var exit = await cut.Process.Ended.WaitAsync(TestCluster.Patience);
        Assert.Equal(new NodeExit(1, NodeProcess.Removed), exit);
        Assert.Equal(0, cut.Runtime.Alive);

        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal(20, report.Updates);
        Assert.Equal(2, report.Incarnations![^1].Nodes);
    }

    [Fact]
    public async Task When_the_supervisor_is_cut_off_it_stops_itself_and_nobody_trains_two_histories()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        await FormedAsync(cluster, 2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        var cut = cluster.Nodes[0];
        await TestCluster.CutAsync(cut, cluster.Nodes[1], cluster.Nodes[2]);
        Assert.Equal(1, (await cut.Process.Ended.WaitAsync(TestCluster.Patience)).Code);
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal(20, report.Updates);
        AssertNoStepWasMadeBehindTheBack(cluster.Training);
    }

    [Fact]
    public async Task A_node_that_leaves_in_order_counts_as_lost_but_not_as_trouble()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on, restarts = 0", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Training.Gone[cluster.Nodes[1].Process.Lane] = true;
        var exit = await cluster.Nodes[1].Process.LeaveAsync().WaitAsync(TestCluster.Patience);
        Assert.Equal(0, exit.Code);
        Assert.Equal(0, cluster.Nodes[1].Runtime.Alive);
        cluster.Training.Allow(20);
        var last = (await run.Report.WaitAsync(TestCluster.Patience)).Incarnations![^1];
        Assert.Equal((2, 2), (last.Number, last.Nodes));
        Assert.StartsWith("without 127.0.0.1:", last.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_went_on_with_fewer_nodes_takes_another_in_and_loses_no_step()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on, restarts = 1", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Nodes[1].Kill();
        await NoteAsync(run, "incarnation 2: goes on from step 5 on 2 nodes");
        await StepsAsync(run, 2);

        // It pauses at a step, wherever that is in relation to the checkpoints.
        cluster.Start();
        await NoteAsync(run, "takes in 127.0.0.1:");
        await NoteAsync(run, "incarnation 3: goes on from step 7 on 3 nodes (takes in 127.0.0.1:");
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal((20, 160, RunOutcome.Completed), (report.Updates, report.Samples, report.Outcome));
        Assert.Equal([(3, 0), (2, 5), (3, 7)], report.Incarnations!.Select(i => (i.Nodes, (int)i.FirstStep)));
        Assert.Equal(Enumerable.Range(1, 20).Select(s => 1.0 / s + (s <= 5 ? 1e-6 : s <= 7 ? 2e-6 : 3e-6)), report.Losses!);
        AssertNoStepWasMadeBehindTheBack(cluster.Training);
    }

    [Fact]
    public async Task Nobody_connects_before_the_slowest_node_has_loaded()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());
        var slow = cluster.Training.SlowToLoad["n1"] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Start(2);
        var run = cluster.Submit();
        await TestCluster.UntilAsync(() => cluster.Training.Loaded.Count == 2, "the other two");
        await cluster.UntilPhasesAsync("loaded", 2);
        Assert.Empty(cluster.Training.Connected);
        slow.SetResult();
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Single(report.Incarnations!);
        Assert.Equal([(1, 3), (1, 3), (1, 3)], cluster.Training.Connected);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_before_it_has_joined_ends()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());

        // While one of two is out of the other's reach nobody becomes a member; they take long to decide which of them lives.
        const string Patient = "failure { acceptable-pause = 2500ms, stable-after = 60s }";
        cluster.Start(more: Patient);
        cluster.Start(more: Patient);
        await FormedAsync(cluster, 2);
        await TestCluster.SilenceAsync(cluster.Nodes[0], cluster.Nodes[1]);
        await TestCluster.UntilAsync(() => !Akka.Cluster.Cluster.Get(cluster.Nodes[0].Process.System).State.Unreachable.IsEmpty, "one to miss the other");
        var late = cluster.Start();
        var view = Akka.Cluster.Cluster.Get(late.Process.System);
        await TestCluster.UntilAsync(() => view.State.Members.Any(m => m.UniqueAddress == view.SelfUniqueAddress), "the node to be known");
        await TestCluster.SilenceAsync(late, cluster.Nodes[0]);
        await TestCluster.SilenceAsync(late, cluster.Nodes[1]);
        var exit = await late.Process.Ended.WaitAsync(TestCluster.Patience);
        Assert.Equal(1, exit.Code);
        Assert.Contains("cut off before it had joined", exit.Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_checkpoints_a_lost_node_ends_the_run_with_a_line_that_says_so()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit(checkpoints: false);
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Nodes[1].Kill();
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));
        Assert.Contains("--checkpoint", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await cluster.Nodes[0].Process.Ended.WaitAsync(TestCluster.Patience)).Code);
    }

    [Fact]
    public async Task A_broken_lane_starts_again_from_the_checkpoint_but_not_for_ever()
    {
        await using var cluster = new TestCluster("world-size = 2, restarts = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        for (var restart = 1; restart <= 3; restart++)
        {
            await TestCluster.UntilAsync(() => cluster.Nodes[0].Runtime.Layouts.Count == restart, $"incarnation {restart}");
            cluster.Training.RunFailures["n0"] = new LaneException("node 1 is gone");
            await TestCluster.UntilAsync(() => cluster.Training.RunFailures.IsEmpty, "the failure");
        }

        // The first restart made progress, from the checkpoint at 5; two more did not.
        await TestCluster.UntilAsync(() => cluster.Nodes[0].Runtime.Layouts.Count == 4, "incarnation 4");
        cluster.Training.RunFailures["n0"] = new LaneException("node 1 is gone");
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));
        Assert.Contains("2 restarts made no progress", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layout_that_the_supervisor_did_not_make_is_stopped_and_its_number_is_not_used_again()
    {
        await using var cluster = new TestCluster("world-size = 2, restarts = 1000", new FakeTraining());
        var node = cluster.Start();
        await FormedAsync(cluster, 1);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        var agent = Actors.AgentOn(node.Process.System, node.Process.Address);
        // No number of honest restarts reaches it.
        const long Forged = 1_000_000;
        var forged = node.Runtime.Layouts.Single() with { Incarnation = Forged };
        await TestCluster.UntilAsync(
            () =>
            {
                // So many that one stands in the mailbox when the old part has ended, before the supervisor hears of it.
                for (var i = 0; i < 2_000; i++)
                {
                    agent.Tell(new Assign(forged, 0));
                }

                return node.Runtime.Layouts.Any(l => l.Incarnation == Forged);
            },
            "the forged layout");

        // The other node would make all its steps alone and finish the run, if it could, before the supervisor hears of the forgery.
        await TestCluster.UntilAsync(() => node.Runtime.Layouts.Any(l => l.Incarnation > Forged), "the layout after it");
        cluster.Training.Allow(1_000);
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal(20, report.Updates);
        Assert.Equal(node.Runtime.Layouts.Count, node.Runtime.Layouts.Select(l => l.Incarnation == Forged ? "forged" : l.Token).Distinct().Count());
        Assert.Equal(Forged + 1, report.Incarnations![^1].Number);
    }

    [Fact]
    public async Task A_part_that_does_not_stop_ends_its_process()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Training.Stubborn["n1"] = new TaskCompletionSource();
        cluster.Start(2);
        var run = cluster.Submit();
        await StepsAsync(run, 6);
        await FormedAsync(cluster, 3);
        cluster.Training.RunFailures["n0"] = new LaneException("node 2 is gone");
        var exit = await cluster.Nodes[1].Process.Ended.WaitAsync(TestCluster.Patience);
        Assert.Equal(1, exit.Code);
        Assert.Contains("did not stop within", exit.Line, StringComparison.Ordinal);
        cluster.Training.Allow(20);
        Assert.Equal(2, (await run.Report.WaitAsync(TestCluster.Patience)).Incarnations![^1].Nodes);
    }

    internal static async Task StepsAsync(TestSubmission run, int steps)
    {
        await TestCluster.UntilAsync(() => run.Process is not null || run.Report.IsCompleted, "the submitter's node");
        steps += run.Observer.Steps.Count;
        run.Training.Allow(steps - run.Observer.Steps.Count);
        await TestCluster.UntilAsync(
            () => run.Observer.Steps.Count >= steps || run.Report.IsCompleted, $"{steps} steps", () => string.Join(" | ", run.Observer.Notes.Append($"{run.Observer.Steps.Count} steps")));
        Assert.False(run.Report.IsFaulted, run.Report.Exception?.InnerException?.Message);
    }

    private static Task NoteAsync(TestSubmission run, string start) => TestCluster.UntilAsync(
        () => run.Observer.Notes.Any(n => n.StartsWith(start, StringComparison.Ordinal)), $"'{start}'", () => string.Join(" | ", run.Observer.Notes));

    // The order of age decides who supervises. And a loss before the others have heard that a member is up costs them the quorum: it does not count yet.
    internal static Task FormedAsync(TestCluster cluster, int nodes) => TestCluster.UntilAsync(
        () => cluster.Nodes.All(n => Akka.Cluster.Cluster.Get(n.Process.System).State.Members.Count(m => m.Status == Akka.Cluster.MemberStatus.Up) == nodes), $"{nodes} members");

    // Once an incarnation makes a step, those before it make none.
    private static void AssertNoStepWasMadeBehindTheBack(FakeTraining training)
    {
        var made = training.Made.ToArray();
        Assert.Equal(made.OrderBy(m => m.Incarnation).ThenBy(m => m.Step), made);
    }
}
