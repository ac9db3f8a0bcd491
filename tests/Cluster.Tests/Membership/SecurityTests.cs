// Who gets in: secrets, certificates, and garbage on the port.
using System.Net.Sockets;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class SecurityTests
{
    private const string Secret = "security.secret = 0123456789abcdef0123";

    [Fact]
    public async Task Nodes_with_the_secret_run_and_one_with_another_stays_outside()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining { Updates = 3 });
        cluster.Start(more: Secret);
        var stranger = cluster.Start(more: "security.secret = another-secret-of-20");
        var run = cluster.Submit(more: Secret);
        cluster.Training.Allow(3);
        Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
        Assert.Empty(Akka.Cluster.Cluster.Get(stranger.Process.System).State.Members);
        Assert.Empty(stranger.Runtime.Layouts);
    }

    [Fact]
    public async Task Nodes_with_certificates_of_one_authority_run_and_others_stay_outside()
    {
        using var folder = new Configuration.TempFolder();
        var ours = Path.Combine(folder.Root, "ours");
        var theirs = Path.Combine(folder.Root, "theirs");
        TestCertificates.Write(ours, ["127.0.0.1"]);
        TestCertificates.Write(theirs, ["127.0.0.1"]);
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining { Updates = 3 });
        cluster.Start(more: Tls(ours));
        var stranger = cluster.Start(more: Tls(theirs));
        var run = cluster.Submit(more: Tls(ours));
        cluster.Training.Allow(3);
        Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
        Assert.StartsWith("akka.trttl.ssl.tcp", cluster.Nodes[0].Process.Address.Protocol, StringComparison.Ordinal);
        Assert.Empty(Akka.Cluster.Cluster.Get(stranger.Process.System).State.Members);
    }

    [Fact]
    public void Certificates_are_not_overwritten_and_hosts_are_checked()
    {
        using var folder = new Configuration.TempFolder();
        var files = TestCertificates.Write(Path.Combine(folder.Root, "c"), ["10.0.0.1", "node-2.example"]);
        Assert.Equal(["authority.pem", "10.0.0.1.pem", "10.0.0.1.key", "node-2.example.pem", "node-2.example.key"], files.Select(f => Path.GetFileName(f)!));
        Assert.Throws<UserErrorException>(() => TestCertificates.Write(Path.Combine(folder.Root, "c"), ["10.0.0.1"]));
        Assert.Throws<UserErrorException>(() => TestCertificates.Write(Path.Combine(folder.Root, "d"), ["../x"]));
        Assert.Throws<UserErrorException>(() => TestCertificates.Write(Path.Combine(folder.Root, "d"), ["a", "a"]));
    }

    [Fact]
    public async Task Only_known_messages_cross_and_only_sealed_ones_come_in()
    {
        await using var cluster = new TestCluster("world-size = 1", new FakeTraining());
        var node = cluster.Start(more: Secret);
        var serialization = ((ExtendedActorSystem)node.Process.System).Serialization;

        Assert.Throws<SerializationException>(() => serialization.Serialize(new { A = 1 }));
        Assert.Throws<SerializationException>(() => serialization.Serialize(new byte[3]));
        foreach (var refused in new[] { 1, 2, 3, 4, 36 })
        {
            Assert.Throws<SerializationException>(() => serialization.Deserialize([1, 2, 3], refused, "System.Object"));
        }

        var serializer = Assert.IsAssignableFrom<SerializerWithStringManifest>(serialization.FindSerializerFor(new Go("a", 1)));
        var bytes = serializer.ToBinary(new Go("a", 1));
        Assert.Equal(new Go("a", 1), serializer.FromBinary(bytes, "Go/1"));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes, "Abort/1"));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(WireFormat.Write(new Go("a", 1)), "Go/1"));
        for (var i = 0; i < bytes.Length; i++)
        {
            var flipped = bytes.ToArray();
            flipped[i] ^= 1;
            Assert.Throws<SerializationException>(() => serializer.FromBinary(flipped, "Go/1"));
        }
    }

    [Fact]
    public async Task Malformed_messages_and_garbage_on_the_port_do_no_harm()
    {
        var messages = Environment.GetEnvironmentVariable("XCLASSFLOW_SOAK") == "1" ? 100_000 : 4_000;
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining { Updates = 3 });
        cluster.Start(more: Secret);
        var target = cluster.Nodes[0].Process.Address;
        using var attacker = ActorSystem.Create(target.System, BootstrapSetup.Create().WithConfig(GarbageSerializer.Config).And(GarbageSerializer.Setup));
        var agent = Actors.AgentOn(attacker, target);
        using var garbage = new CancellationTokenSource();
        var sockets = GarbageAsync(target.Port!.Value, garbage.Token);
        var before = Environment.WorkingSet;
        for (var i = 0; i < messages; i++)
        {
            agent.Tell(new GarbageSerializer.Garbage(i));
            if (i % 500 == 499)
            {
                await Task.Delay(20);
            }
        }

        await garbage.CancelAsync();
        await sockets;
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 300L << 20);

        // It still does what it is there for.
        var run = cluster.Submit(more: Secret);
        cluster.Training.Allow(3);
        Assert.Equal(3, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
        Assert.Single(cluster.Nodes[0].Runtime.Layouts);
    }

    private static string Tls(string folder) =>
        $"security.tls {{ enabled = on, authority = \"{folder}/authority.pem\", certificate = \"{folder}/127.0.0.1.pem\", key = \"{folder}/127.0.0.1.key\" }}";

    private static async Task GarbageAsync(int port, CancellationToken stop)
    {
        var random = new Random(3);
        while (!stop.IsCancellationRequested)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", port, CancellationToken.None);
            var bytes = new byte[random.Next(1, 20_000)];
            random.NextBytes(bytes);
            if (bytes.Length > 4 && random.Next(3) == 0)
            {
                // A frame that promises more than it may hold.
                BitConverter.TryWriteBytes(bytes, int.MaxValue);
            }

            try
            {
                await socket.GetStream().WriteAsync(bytes, CancellationToken.None);
            }
            catch (IOException)
            {
                // The node has closed it.
            }
        }
    }
}
