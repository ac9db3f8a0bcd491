// What a supervisor concludes from who is left and who has not heard.
using Akka.Actor;
using Akka.Cluster;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Supervision;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class SupervisionTests
{
    private static readonly RunSpec Spec = new("id", "name", HoconLoader.ReferenceText(), "/checkpoints", false, false);

    private readonly HandClock _clock = new();

    /// <summary>Phases of the nodes that are there, of three with a quorum of two, and what a new supervisor does.</summary>
    public static TheoryData<int[], string> Left => new()
    {
        { [(int)NodePhase.Finished], nameof(SupervisorPhase.Closing) },
        { [(int)NodePhase.Idle], nameof(SupervisorPhase.Stopping) },
        { [(int)NodePhase.Finished, (int)NodePhase.Finished], nameof(SupervisorPhase.Stopping) },
    };

    [Theory]
    [MemberData(nameof(Left))]
    public void Who_has_finished_and_is_alone_since_all_others_left_in_order_missed_the_end(int[] phases, string expected)
    {
        var context = Context();
        for (var i = 0; i < phases.Length; i++)
        {
            Join(context, i, "id", (NodePhase)phases[i]);
        }

        new RunRecovery(context).Adopt(Spec, []);
        Assert.Equal(expected, context.Phase.ToString());
    }

    [Fact]
    public void A_run_is_not_closed_while_a_node_out_of_reach_may_come_back_and_has_not_heard_of_it()
    {
        var context = Context();
        Join(context, 0, "", NodePhase.Idle);
        var deaf = Join(context, 1, "id", NodePhase.Finished);
        deaf.Reachable = false;
        var run = ActiveRun.Of(Spec, _clock);
        context.Take(run);
        context.Submission.Attach(ActorRefs.Nobody, "id", 0, run);
        context.End(null);
        context.Submission.Got(ActorRefs.Nobody);
        Assert.False(context.Closing!.Advance());
        _clock.Pass(context.Timing.CloseWait * 2);
        Assert.False(context.Closing.Advance());
        context.Roster.Remove(deaf.Address);
        Assert.True(context.Closing.Advance());
    }

    [Fact]
    public void A_node_that_never_hears_of_the_end_does_not_hold_it_up_for_ever()
    {
        var context = Context();
        Join(context, 1, "id", NodePhase.Finished);
        var run = ActiveRun.Of(Spec, _clock);
        context.Take(run);
        context.Submission.Attach(ActorRefs.Nobody, "id", 0, run);
        context.End(null);
        context.Submission.Got(ActorRefs.Nobody);
        Assert.False(context.Closing!.Advance());
        _clock.Pass(context.Timing.ExitLimit);
        Assert.True(context.Closing.Advance());
    }

    [Fact]
    public void A_run_that_is_over_is_so_under_every_identity_it_was_submitted_with()
    {
        var context = Context();
        Join(context, 0, "id", NodePhase.Finished);
        var run = ActiveRun.Of(Spec, _clock);
        context.Take(run);
        context.Submission.Attach(ActorRefs.Nobody, "other", 0, run);
        context.End(null);
        context.Forget();
        Assert.Equal(["id", "other"], context.Over.Keys.Order());
    }

    private SupervisorContext Context() => new(new XClassFlow.Cluster.Membership.ClusterSettings(WorldSize: 3), new ControlTiming(), _clock, AddressOf(0));

    private static UniqueAddress AddressOf(int node) => new(new Address("akka.tcp", "x", "h", node + 1), node);

    private static RosterEntry Join(SupervisorContext context, int node, string run, NodePhase phase)
    {
        var address = AddressOf(node);
        context.Roster.Add(address);
        Assert.True(context.Roster.Hear(
            new NodeState(address.Address.ToString(), address.Uid, NodeRoles.All, "l", run, 1, "t", phase, 10, 0, 0, null, false, 0, false, 0, null), ActorRefs.Nobody));
        return context.Roster.Find(address)!;
    }
}
