// What a submitter asks of its supervisor.
using System.Collections.Concurrent;
using Akka.Actor;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Client;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class RunSubmitterTests
{
    [Fact]
    public async Task A_report_in_several_pieces_is_asked_for_piece_by_piece_and_no_more()
    {
        var random = new Random(3);
        var report = new RunReport
        {
            Run = "r", Command = "train", Outcome = RunOutcome.Completed, Classes = 1, WorldSize = 1, Updates = 20_000, Samples = 20_000,
            Losses = [.. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble())],
        };
        var pieces = ReportPieces.Cut(RunReportFile.ToJson(report));
        Assert.InRange(pieces.Count, 3, 100);
        var heard = new ConcurrentQueue<object>();
        using var system = AkkaSystem.CreateMember(new XClassFlow.Cluster.Membership.ClusterSettings(), null, null);
        system.ActorOf(Props.Create(() => new Manager(pieces, heard)), Actors.ManagerName);
        var cluster = Akka.Cluster.Cluster.Get(system);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(TestCluster.Patience);
        await TestCluster.UntilAsync(() => cluster.SelfMember.Status == Akka.Cluster.MemberStatus.Up, "one member");

        // Nothing is repeated while the test lasts.
        var timing = new ControlTiming { Tick = TimeSpan.FromHours(1) };
        var result = new TaskCompletionSource<RunReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var spec = new RunSpec("id", "r", "", null, false, true);
        system.ActorOf(Props.Create(() => new RunSubmitter(spec, new TestSubmission.Watcher(), result, timing, TimeProvider.System)));
        Assert.Equal(report.Losses, (await result.Task.WaitAsync(TestCluster.Patience)).Losses);
        Assert.Equal(Enumerable.Range(0, pieces.Count), heard.OfType<AskReport>().Select(a => a.Piece));
        Assert.Equal(2, heard.OfType<Submit>().Count());
        await system.Terminate();
    }

    private sealed class Manager : ReceiveActor
    {
        public Manager(IReadOnlyList<byte[]> pieces, ConcurrentQueue<object> heard) => Context.ActorOf(Props.Create(() => new Supervisor(pieces, heard)), Actors.SupervisorName);
    }

    // Answers as the real one does when a run is over.
    private sealed class Supervisor : ReceiveActor
    {
        public Supervisor(IReadOnlyList<byte[]> pieces, ConcurrentQueue<object> heard)
        {
            Receive<Submit>(m =>
            {
                heard.Enqueue(m);
                Sender.Tell(new Accepted(m.Run.Id, m.Run.Id));
                Sender.Tell(new IncarnationTold(m.Run.Id, 1, 0, 0, 1, ""));
                Sender.Tell(new Completed(m.Run.Id, null, true, 0, 0, null));
            });
            Receive<AskReport>(m =>
            {
                heard.Enqueue(m);
                Sender.Tell(new ReportPiece(m.Run, m.Piece, pieces.Count, pieces[m.Piece]));
            });
            Receive<GotReport>(m => Sender.Tell(new RunOver(m.Run, null)));
        }
    }
}
