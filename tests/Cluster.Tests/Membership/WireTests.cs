// Control messages come back as they were sent, and nothing else comes in.
using System.Runtime.Serialization;
using System.Security.Cryptography;
using System.Text;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class WireTests
{
    public static TheoryData<string> Manifests => [.. Samples.Keys];

    internal static Dictionary<string, IWireMessage> Samples { get; } = Make().ToDictionary(m => WireManifests.NameOf(m.GetType()));

    [Fact]
    public void Every_message_type_has_a_name_and_a_sample()
    {
        var types = typeof(IWireMessage).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IWireMessage)) && !t.IsInterface).ToHashSet();
        Assert.Equal(types, WireManifests.All.ToHashSet());
        Assert.Equal(types, Samples.Values.Select(m => m.GetType()).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Messages_round_trip(string manifest)
    {
        var message = Samples[manifest];
        var bytes = WireFormat.Write(message);
        Assert.True(bytes.Length <= WireFormat.Largest);
        var read = WireFormat.Read(bytes, manifest);
        Assert.IsType(message.GetType(), read);
        Assert.Equivalent(message, read, strict: true);
        Assert.Equal(bytes, WireFormat.Write(read));
    }

    [Fact]
    public void A_layout_of_many_nodes_with_a_long_configuration_fits()
    {
        var noise = Convert.ToHexString(RandomNumberGenerator.GetBytes(15_000));
        var nodes = Enumerable.Range(0, 256).Select(i => new NodePlace($"akka.ssl.tcp://xclassflow@node-{i}.example:4053", $"node-{i}.example:4054", NodeRoles.All)).ToArray();
        var run = new RunSpec("id", "name", noise, "/shared/checkpoints", false, true);
        Assert.InRange(WireFormat.Write(new Assign(Placement.Layout(run, 7, nodes, 256, 1024), 255)).Length, 1, WireFormat.Largest / 2);
    }

    [Fact]
    public void A_message_that_is_too_large_fails_at_the_sender_with_its_size()
    {
        var noise = Convert.ToBase64String(RandomNumberGenerator.GetBytes(200_000));
        var e = Assert.Throws<SerializationException>(() => WireFormat.Write(new RunTold(new RunSpec("id", "name", noise, null, false, false), [])));
        Assert.Contains("larger than the 120000", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NodeState/9")]
    [InlineData("System.Diagnostics.Process, System")]
    [InlineData("")]
    public void Unknown_names_and_versions_are_refused(string manifest) =>
        Assert.Throws<SerializationException>(() => WireFormat.Read(WireFormat.Write(Samples["NodeState/3"]), manifest));

    [Theory]
    [InlineData("Go/1", """{"Run":"a","Incarnation":1,"More":2}""")]
    [InlineData("Go/1", """{"Run":"a"}""")]
    [InlineData("Go/1", """{"Run":null,"Incarnation":1}""")]
    [InlineData("Go/1", """{"Run":"a","Run":"b","Incarnation":1}""")]
    [InlineData("Go/1", """{"$type":"System.Object","Run":"a","Incarnation":1}""")]
    [InlineData("Go/1", "null")]
    [InlineData("Assign/3", """{"Layout":{"Run":{"Id":"i","Name":"n","Configuration":"","Checkpoint":null,"Resume":false,"ReportLosses":false},"Incarnation":1,"Nodes":[],"Backbones":[0],"Shards":[],"Loaders":[0],"Token":"t","Returns":[]},"Self":0}""")]
    public void Content_that_no_node_would_send_is_refused(string manifest, string json) =>
        Assert.Throws<SerializationException>(() => WireFormat.Read([0, .. Encoding.UTF8.GetBytes(json)], manifest));

    [Fact]
    public void A_small_message_that_unpacks_to_a_large_one_is_refused()
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(1);
        using (var zip = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zip.Write(new byte[64 << 20]);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SerializationException>(() => WireFormat.Read(bytes.ToArray(), "Go/1"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Fact]
    public void Damaged_messages_are_refused_or_read_as_what_they_name()
    {
        var random = new Random(7);
        var valid = Samples.Select(s => (s.Key, Bytes: WireFormat.Write(s.Value))).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var (manifest, bytes) = Malformed.Next(random, valid);
            try
            {
                Assert.IsAssignableFrom<IWireMessage>(WireFormat.Read(bytes, manifest));
            }
            catch (SerializationException)
            {
                // As it should be.
            }
        }
    }

    private static IEnumerable<IWireMessage> Make()
    {
        var run = new RunSpec("id", "name", "a = 1", "/checkpoints", true, true);
        var layout = new RunLayout(run, 3, [new("akka.tcp://x@h:1", "h:2", NodeRoles.All), new("akka.tcp://x@h:3", "h:4", NodeRoles.Shard)], [0], [0, 1], [0]) { Token = "t", Returns = [40, -1] };
        var failure = new NodeFailure(FailureKind.User, "what", "where", "instead");
        var step = new StepProgress(5, 10, 40, double.NaN, 0.25, 1.0 / 3, double.PositiveInfinity, TimeSpan.FromSeconds(1.25), null, [new StageLoad("shard[0]", 0.5)], 2.0 / 3, 8, "warm-up");
        var evaluation = new EvaluationResult(5, 0.5, 0.1, 0.2, 100, 1.5);
        var started = new RunStarted("name", 10, 20, 30, 40, ["loaded"]);
        yield return new NodeState("akka.tcp://x@h:1", -5, NodeRoles.Loader | NodeRoles.Shard, "h:2", "id", 3, "t", NodePhase.Failed, 10, 5, 40, failure, true, 1L << 40, true, 1L << 41, new TimelineTotals(5, 3, 1.5, 1, 0.5, 0.25, 4096));
        yield return new Assign(layout, 1);
        yield return new Go("id", 3);
        yield return new Connect("id", 3);
        yield return new Pause("id", 3);
        yield return new Abort("id", 3);
        yield return new StopRun("id");
        yield return new AskRun("id");
        yield return new RunTold(run, [40, 40]);
        yield return new RunOver("id", failure);
        yield return new Progress("id", 3, [new(Started: started), new(Step: step), new(Evaluated: evaluation), new(Checkpointed: new(4, "/c")), new(Note: "n")]);
        yield return new Submit(run, 2);
        yield return new Accepted("a", "b");
        yield return new Refused("a", failure);
        yield return new IncarnationTold("id", 2, 5, 40, 3, "lost h:1", false);
        yield return new HistoryTold("id", 0, 2, 6, [1.5, double.NaN], 0, 40, 1.5, [new(1, 3, 5, 9, "", null), new(2, 2, 5, 7, "lost", 1.5)], [evaluation], started);
        yield return new Completed("id", failure, true, 1, 2, new TimelineTotals(5, 3, 1.5, 1, 0.5, 0.25, 4096));
        yield return new AskReport("id", 2);
        yield return new ReportPiece("id", 0, 2, [1, 2, 3]);
        yield return new GotReport("id");
        yield return new AskStatus();
        yield return new StatusTold(new ClusterStatus(
            "akka.tcp://x@h:1", "running", null, "name", 2, 100, 5, 10, 99.5, [new MemberStatus("akka.tcp://x@h:1", true, "running", "all", 0, [0], [new ShardStatus(0, 0, 50)])]));
    }
}
