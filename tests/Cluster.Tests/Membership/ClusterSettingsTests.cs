// The block xclassflow.cluster: its defaults, its mistakes, and the configurations that come with it.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class ClusterSettingsTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.conf").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Repository.Root, "configs", "hocon", "cluster");

    [Fact]
    public void The_reference_holds_every_key_with_its_default()
    {
        var node = HoconLoader.Load(null, []).Root.Section(ClusterSettings.Key);
        var keys = SettingsDocumentation.KeysOf<ClusterSettings>().Where(k => k.Path != "lane").Select(k => k.Path)
            .Concat(SettingsDocumentation.KeysOf<LaneSettings>("lane").Select(k => k.Path));
        Assert.All(keys, key => Assert.True(Has(node, key), $"reference.conf lacks cluster.{key}"));

        var bound = SettingsBinder.Bind<ClusterSettings>(node);
        var defaults = new ClusterSettings();
        Assert.Equivalent(defaults with { Lane = bound.Lane }, bound);
        Assert.Equal(new LaneSettings(), bound.BindLane());
    }

    [Fact]
    public void Limits_leave_room_for_what_happens_within_them()
    {
        var timing = new ControlTiming();
        Assert.True(timing.ExitLimit > timing.AbortLimit);
        var failure = new FailureSettings(AcceptablePause: TimeSpan.FromMinutes(3), StableAfter: TimeSpan.FromMinutes(1));
        Assert.True(new TrainingRuntime(new TorchSettings(), failure).OwnerLimit > failure.AcceptablePause + failure.StableAfter);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_configuration_of_a_cluster_binds(string file)
    {
        var loaded = HoconLoader.Load(Path.Combine(Folder, file), ["cluster.host=10.0.0.1"]);
        if (file == "local.conf")
        {
            loaded = HoconLoader.Load(Path.Combine(Folder, file), []);
        }

        Assert.Equal(HostKind.Cluster, RunSettings.Bind(loaded.Root).Host);
        ClusterSettings.Bind(loaded);
    }

    [Fact]
    public void The_lane_uses_the_nodes_addresses_where_it_has_none()
    {
        var settings = Bind("host = 10.0.0.1, public-host = example.org, security.secret = 0123456789abcdef, lane.port = 7");
        Assert.Equal(("10.0.0.1", "example.org", 7), (settings.BindLane().Host, settings.BindLane().PublicHost, settings.BindLane().Port));
        Assert.Equal("10.0.0.2", Bind("lane.host = 10.0.0.2, security.secret = 0123456789abcdef").BindLane().Host);
    }

    [Fact]
    public void The_quorum_is_the_majority() => Assert.Equal([1, 2, 2, 3, 3], Enumerable.Range(1, 5).Select(n => new ClusterSettings(WorldSize: n).QuorumSize));

    [Theory]
    [InlineData("nam = x", "unknown key 'nam'")]
    [InlineData("name = \"a b\"", "use letters, digits")]
    [InlineData("port = 70000", "port = 70000 is out of range; use 1 to 65535")]
    [InlineData("world-size = 3", "seeds is empty; list the nodes to join")]
    [InlineData("seeds = [\"10.0.0.1\"]", "seed '10.0.0.1' is no address; write host:port")]
    [InlineData("roles = []", "roles is empty")]
    [InlineData("roles = [worker]", "expected one of none, loader, backbone, shard, all")]
    [InlineData("world-size = 4, seeds = [\"a:1\"], quorum = 2", "quorum = 2 is no majority of world-size = 4; use at least 3")]
    [InlineData("world-size = 3, seeds = [\"a:1\"], min-nodes = 2", "min-nodes = 2 without elastic")]
    [InlineData("world-size = 3, seeds = [\"a:1\"], elastic = on, min-nodes = 1", "use 2 (the quorum")]
    [InlineData("host = 10.0.0.1", "nothing keeps strangers out; set security.secret-file, or security.tls")]
    [InlineData("lane.host = 10.0.0.1", "lane.host = 10.0.0.1 can be reached by others")]
    [InlineData("lane { host = 0.0.0.0, public-host = example.org }", "lane.host = 0.0.0.0 can be reached by others")]
    [InlineData("host = 0.0.0.0, security.secret = 0123456789abcdef", "set public-host")]
    [InlineData("failure.acceptable-pause = 1s", "acceptable-pause is shorter than two heartbeats")]
    [InlineData("security.tls.enabled = on", "TLS is enabled without a certificate")]
    [InlineData("lane.port = -1", "port = -1 is out of range")]
    public void A_mistake_is_named_with_what_to_write_instead(string block, string message)
    {
        var e = Assert.Throws<UserErrorException>(() => Bind(block));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("xclassflow.cluster", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_describes_a_run_holds_neither_the_cluster_nor_its_secret()
    {
        var loaded = HoconLoader.LoadText("xclassflow { name = r, cluster { security.secret = hush } }\nakka { loglevel = DEBUG }", "test");
        Assert.Equal("xclassflow {\n  name = r\n}\n", loaded.OfRun().ToHocon());
    }

    private static ClusterSettings Bind(string block) =>
        ClusterSettings.Bind(HoconLoader.LoadText($"xclassflow.cluster {{ {block} }}", "test"));

    private static bool Has(ConfigNode node, string path) => path.Split('.').Aggregate((ConfigNode?)node, (at, key) => at?.Find(key)) is not null;
}
