// How runs end, and that the submitter may come and go.
using Akka.Actor;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Client;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class EndOfRunTests
{
    [Fact]
    public async Task A_user_error_on_one_node_ends_the_run_everywhere_with_its_line()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());
        cluster.Training.PrepareFailures["n1"] = new UserErrorException("there is no file 'x'", "data.train", "name one");
        cluster.Start(2);
        var run = cluster.Submit();
        var e = await Assert.ThrowsAsync<UserErrorException>(() => run.Report.WaitAsync(TestCluster.Patience));
        Assert.Equal("data.train: there is no file 'x'; name one", e.Message);
        foreach (var node in cluster.Nodes.Take(2))
        {
            var exit = await node.Process.Ended.WaitAsync(TestCluster.Patience);
            Assert.Equal((2, e.Message), (exit.Code, exit.Line));
            Assert.Equal(0, node.Runtime.Alive);
        }
    }

    [Fact]
    public async Task A_failing_stage_ends_the_run_and_is_not_tried_again()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 6);
        cluster.Training.RunFailures["n0"] = new InvalidOperationException("stage shard[0] failed");
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));
        Assert.Equal("stage shard[0] failed", e.Message);
        Assert.Equal(1, (await cluster.Nodes[0].Process.Ended.WaitAsync(TestCluster.Patience)).Code);
        Assert.Single(cluster.Nodes[0].Runtime.Layouts);
    }

    [Fact]
    public async Task A_request_to_stop_ends_the_run_in_order()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 6);
        await run.Stop.CancelAsync();
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal((RunOutcome.Interrupted, 6), (report.Outcome, report.Updates));
        Assert.Equal(0, (await cluster.Nodes[0].Process.Ended.WaitAsync(TestCluster.Patience)).Code);
    }

    [Fact]
    public async Task A_request_to_stop_while_nodes_are_missing_ends_at_once()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        var run = cluster.Submit();
        await TestCluster.UntilAsync(() => run.Observer.Notes.Any(n => n.StartsWith("waiting for nodes: 1 of 2", StringComparison.Ordinal)), "the note", () => string.Join('|', run.Observer.Notes));
        await run.Stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Report.WaitAsync(TestCluster.Patience));
    }

    [Fact]
    public async Task The_run_outlives_its_submitter_which_may_come_back()
    {
        await using var cluster = new TestCluster("world-size = 3, quorum = 3", new FakeTraining());
        cluster.Start(3);
        await LossTests.FormedAsync(cluster, 3);
        var first = cluster.Submit();
        await LossTests.StepsAsync(first, 8);
        cluster.Nodes[3].Kill();
        await Assert.ThrowsAnyAsync<ClusterException>(() => first.Report.WaitAsync(TestCluster.Patience));

        var second = cluster.Submit();
        await TestCluster.UntilAsync(() => second.Observer.Notes.Contains("this run is going on already; watching it"), "the note", () => string.Join('|', second.Observer.Notes));
        cluster.Training.Allow(20);
        var report = await second.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal((20, 160, 20), (report.Updates, report.Samples, report.Losses!.Count));
        Assert.DoesNotContain(double.NaN, report.Losses!);
        Assert.Equal(1, report.Incarnations![0].Number);
    }

    [Fact]
    public async Task The_submitter_has_its_report_though_another_node_is_slow_to_end()
    {
        var timing = TestCluster.Timing with { AbortLimit = TimeSpan.FromMinutes(1), CloseWait = TimeSpan.FromMinutes(1) };
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining { Updates = 3 }, timing);
        var release = cluster.Training.Stubborn["n1"] = new TaskCompletionSource();
        cluster.Start(2);
        await LossTests.FormedAsync(cluster, 2);
        var run = cluster.Submit();
        cluster.Training.Allow(3);
        Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
        Assert.False(cluster.Nodes[1].Process.Ended.IsCompleted);
        release.SetResult();
    }

    [Fact]
    public async Task The_submitter_that_supervises_itself_has_its_report_and_leaves_last()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining { Updates = 3 });
        var run = cluster.Submit();
        await LossTests.FormedAsync(cluster, 1);
        cluster.Start(2);
        cluster.Training.Allow(3);
        Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(0, (await node.Process.Ended.WaitAsync(TestCluster.Patience)).Code);
        }
    }

    [Fact]
    public async Task A_report_that_is_lost_on_its_way_ends_the_run_with_a_line_that_says_so()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining { Updates = 3 });
        cluster.Start();
        await LossTests.FormedAsync(cluster, 1);

        // The addresses' order makes it node 0, which holds the report.
        var holder = cluster.Start(more: "host = 127.0.0.10");
        await LossTests.FormedAsync(cluster, 2);
        var run = cluster.Submit(more: "host = 127.0.0.2");
        await LossTests.StepsAsync(run, 2);
        Assert.Equal(holder.Process.Address.ToString(), holder.Runtime.Layouts.Single().Nodes[0].Address);
        await TestCluster.SilenceAsync(holder, cluster.Nodes[2]);
        cluster.Training.Allow(1);
        await cluster.UntilPhaseAsync("closing");
        holder.Kill();
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));
        Assert.Contains("its report was lost", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await cluster.Nodes[0].Process.Ended.WaitAsync(TestCluster.Patience)).Code);
    }

    [Fact]
    public async Task A_finished_run_stays_finished_when_a_node_is_lost_before_it_has_said_so()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining { Updates = 3 });
        cluster.Start();
        var late = cluster.Start(more: "host = 127.0.0.2");
        cluster.Training.Late[late.Name] = new TaskCompletionSource();
        await LossTests.FormedAsync(cluster, 2);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 3);
        Assert.NotEqual(late.Process.Address.ToString(), late.Runtime.Layouts.Single().Nodes[0].Address);
        await cluster.UntilFinishedAsync(late.Runtime.Layouts.Single().Nodes[0].Address);
        late.Kill();
        var report = await run.Report.WaitAsync(TestCluster.Patience);
        Assert.Equal((3, 1), (report.Updates, report.Incarnations!.Count));
    }

    [Fact]
    public async Task Another_run_is_refused_while_one_goes_on()
    {
        await using var cluster = new TestCluster("world-size = 2, quorum = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 2);
        var other = cluster.Submit(more: "}\n name = other\n cluster {");
        var e = await Assert.ThrowsAsync<UserErrorException>(() => other.Report.WaitAsync(TestCluster.Patience));
        Assert.Contains("busy with another run, 'fake'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_stay_take_the_next_run()
    {
        await using var cluster = new TestCluster("world-size = 2, stay = on", new FakeTraining { Updates = 3 });
        cluster.Start(1);
        for (var i = 0; i < 2; i++)
        {
            var run = cluster.Submit();
            cluster.Training.Allow(3);
            cluster.Training.Ends.Clear();
            Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
            await run.Process.Ended.WaitAsync(TestCluster.Patience);
        }

        Assert.Equal(2, cluster.Nodes[0].Runtime.Layouts.Select(l => l.Run.Id).Distinct().Count());
        Assert.False(cluster.Nodes[0].Process.Ended.IsCompleted);
    }

    [Fact]
    public async Task Who_watched_a_run_that_went_on_already_starts_no_other_when_it_is_over()
    {
        await using var cluster = new TestCluster("world-size = 3, stay = on", new FakeTraining { Updates = 3 });
        var stays = cluster.Start();
        var first = cluster.Submit();
        await TestCluster.UntilAsync(() => first.Observer.Notes.Any(n => n.StartsWith("waiting for nodes", StringComparison.Ordinal)), "the first to be accepted");
        var second = cluster.Submit();
        await TestCluster.UntilAsync(() => second.Observer.Notes.Contains("this run is going on already; watching it"), "the note", () => string.Join('|', second.Observer.Notes));
        cluster.Training.Allow(3);
        foreach (var run in new[] { first, second })
        {
            Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
            Assert.Equal([1L, 2, 3], run.Observer.Steps.Select(s => s.Step));
            await run.Process.Ended.WaitAsync(TestCluster.Patience);
        }

        // A run that nobody asked for would have a layout by now, or keep the next one out.
        cluster.Training.Allow(3);
        cluster.Training.Ends.Clear();
        cluster.Start();
        var next = cluster.Submit(more: "}\n name = next\n cluster {");
        Assert.Equal(3, (await next.Report.WaitAsync(TestCluster.Patience)).Updates);
        Assert.Equal(["fake", "next"], stays.Runtime.Layouts.Select(l => l.Run.Name));
    }

    [Fact]
    public async Task A_node_that_knows_the_run_to_be_over_tells_a_supervisor_that_does_not()
    {
        await using var cluster = new TestCluster("world-size = 1, stay = on", new FakeTraining());
        var node = cluster.Start();
        await LossTests.FormedAsync(cluster, 1);
        Actors.AgentOn(node.Process.System, node.Process.Address).Tell(new RunOver("id", null));
        var result = new TaskCompletionSource<RunReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var spec = new RunSpec("id", "fake", cluster.Configuration(0).OfRun().ToHocon(), Path.GetTempPath(), false, false);
        node.Process.System.ActorOf(Props.Create(() => new RunSubmitter(spec, new TestSubmission.Watcher(), result, TestCluster.Timing, TimeProvider.System)));
        var e = await Assert.ThrowsAsync<ClusterException>(() => result.Task.WaitAsync(TestCluster.Patience));
        Assert.StartsWith("the run is over", e.Message, StringComparison.Ordinal);
        Assert.Empty(node.Runtime.Layouts);
    }

    [Fact]
    public async Task A_node_that_is_stuck_in_a_run_nobody_knows_comes_free_for_the_next()
    {
        await using var cluster = new TestCluster("world-size = 2, stay = on", new FakeTraining { Updates = 3 });
        var node = cluster.Start();
        for (var i = 0; i < 2; i++)
        {
            var run = cluster.Submit();
            cluster.Training.Allow(3);
            cluster.Training.Ends.Clear();
            Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
            await run.Process.Ended.WaitAsync(TestCluster.Patience);
            if (i == 0)
            {
                var ghost = new RunSpec("ghost", "ghost", "", null, false, false);
                var place = new NodePlace(node.Process.Address.ToString(), node.Process.Lane, NodeRoles.All);
                Actors.AgentOn(node.Process.System, node.Process.Address).Tell(new Assign(new RunLayout(ghost, 1, [place], [0], [0], [0]), 0));
                await TestCluster.UntilAsync(() => node.Runtime.Layouts.Any(l => l.Run.Id == "ghost"), "the ghost's layout");
            }
        }
    }

    [Fact]
    public async Task More_nodes_than_the_quorum_keeps_safe_are_turned_away()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        cluster.Start(3);
        await LossTests.FormedAsync(cluster, 3);
        cluster.Start();
        var exits = await Task.WhenAny(cluster.Nodes.Select(n => n.Process.Ended)).WaitAsync(TestCluster.Patience);
        var exit = await exits;
        Assert.Equal(2, exit.Code);
        Assert.Contains("set quorum = 3", exit.Line, StringComparison.Ordinal);
        Assert.Same(cluster.Nodes[3].Process.Ended, exits);
    }
}
