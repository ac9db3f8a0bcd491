// Settings of a node's place in a cluster: the block xclassflow.cluster.
using System.Net;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Membership;

/// <summary>Where a node listens, whom it joins, what it holds, and what happens when nodes are lost.</summary>
/// <param name="Name">Name of the cluster; nodes of another name are refused.</param>
/// <param name="Host">Address to listen on; the default reaches only this machine.</param>
/// <param name="PublicHost">Address under which other nodes reach this one; empty: <paramref name="Host"/>.</param>
/// <param name="Port">TCP port of control messages; 0: any free one.</param>
/// <param name="Seeds">Nodes to join ("10.0.0.1:4053"), the same list on every node; the first one forms the cluster.</param>
/// <param name="Roles">What this node may hold.</param>
/// <param name="WorldSize">Nodes that a run starts with.</param>
/// <param name="Elastic">Whether a run goes on with fewer nodes when one is lost.</param>
/// <param name="MinNodes">Fewest nodes of an elastic run; 0: the quorum.</param>
/// <param name="Quorum">Nodes that must see each other for the cluster to live; 0: the majority of the world size.</param>
/// <param name="ReplacementWait">How long a run waits for nodes after a loss; 0: for ever.</param>
/// <param name="Restarts">Consecutive restarts without a new checkpoint after which a run is given up.</param>
/// <param name="Stay">Whether this node waits for another run when one is over.</param>
/// <param name="Failure">When a silent node counts as lost.</param>
/// <param name="Security">Who may take part.</param>
/// <param name="Lane">Settings of the tensor lane, <see cref="Lane.LaneSettings"/>; without a host of its own it uses this node's.</param>
public sealed record ClusterSettings(
    string Name = "xclassflow",
    string Host = ClusterSettings.Loopback,
    string PublicHost = "",
    int Port = 0,
    IReadOnlyList<string>? Seeds = null,
    IReadOnlyList<NodeRoles>? Roles = null,
    int WorldSize = 1,
    bool Elastic = false,
    int MinNodes = 0,
    int Quorum = 0,
    TimeSpan ReplacementWait = default,
    int Restarts = 5,
    bool Stay = false,
    FailureSettings? Failure = null,
    SecuritySettings? Security = null,
    ConfigNode? Lane = null)
{
    public const string Loopback = "127.0.0.1";

    /// <summary>The key of this block in <see cref="Stages.Training.RunSettings"/>.</summary>
    public const string Key = "cluster";

    private const string Open = "can be reached by others, and nothing keeps strangers out";

    public IReadOnlyList<string> Seeds { get; init; } = Seeds ?? [];

    public IReadOnlyList<NodeRoles> Roles { get; init; } = Roles ?? [NodeRoles.All];

    public FailureSettings Failure { get; init; } = Failure ?? new FailureSettings();

    public SecuritySettings Security { get; init; } = Security ?? new SecuritySettings();

    /// <summary>The roles as flags.</summary>
    internal NodeRoles AllRoles => Roles.Aggregate(NodeRoles.None, (all, role) => all | role);

    /// <summary>The quorum in force.</summary>
    internal int QuorumSize => Quorum > 0 ? Quorum : (WorldSize / 2) + 1;

    /// <summary>The fewest nodes a run may go on with.</summary>
    internal int FewestNodes => !Elastic ? WorldSize : MinNodes > 0 ? MinNodes : QuorumSize;

    /// <summary>Members that the quorum keeps safe: with more, two halves could both hold one.</summary>
    internal int MostMembers => (2 * QuorumSize) - 1;

    /// <summary>The lane's settings, with this node's addresses where it has none of its own.</summary>
    /// <exception cref="UserErrorException">A key is unknown or has a bad value.</exception>
    internal LaneSettings BindLane()
    {
        var node = Lane ?? ConfigNode.Empty();
        var written = node.Members.Where(m => m.Key is not ("host" or "public-host") || m.Value is not { Kind: ConfigNodeKind.Text, Text: "" });
        var addresses = ConfigNode.OfMembers([KeyValuePair.Create("host", ConfigNode.OfText(Host)), KeyValuePair.Create("public-host", ConfigNode.OfText(PublicHost))]);
        return SettingsBinder.Bind<LaneSettings>(ConfigNode.OfMembers(written, node.Origin, node.Path).WithFallback(addresses).At(node.Path));
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Binds and checks the block of a configuration.</summary>
    /// <exception cref="UserErrorException">A key is unknown or has a bad value.</exception>
    public static ClusterSettings Bind(LoadedConfiguration configuration) => SettingsBinder.Bind<ClusterSettings>(configuration.Root.Section(Key));

    public void Validate(string path)
    {
        Require(Name.Length > 0 && char.IsAsciiLetter(Name[0]) && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
            $"name = '{Name}' is no name", path, "use letters, digits, - and _, a letter first");
        Require(Host.Length > 0, "host is empty", path, "use an address of this machine, such as 127.0.0.1");
        Require(Host is not ("0.0.0.0" or "::") || PublicHost.Length > 0, $"host = {Host} is not an address others can use", path, "set public-host to this machine's address");
        Require(Port is >= 0 and <= 65535, $"port = {Port} is out of range", path, "use 1 to 65535, or 0 for any free one");
        Require(WorldSize is >= 1 and <= 1024, $"world-size = {WorldSize} is out of range", path, "use the number of nodes, 1 to 1024");
        Require(Seeds.Count > 0 || WorldSize == 1, "seeds is empty", path, "list the nodes to join, such as seeds = [\"10.0.0.1:4053\"]; the same list on every node");
        foreach (var seed in Seeds)
        {
            Require(SeedAddress.TryParse(seed, out _), $"seed '{seed}' is no address", path, "write host:port, such as 10.0.0.1:4053");
        }

        Require(AllRoles != NodeRoles.None, "roles is empty", path, "use all, or some of loader, backbone, shard");
        Require(Quorum == 0 || 2 * Quorum > WorldSize, $"quorum = {Quorum} is no majority of world-size = {WorldSize}", path, $"use at least {(WorldSize / 2) + 1}, or two halves would both go on");
        Require(MinNodes == 0 || Elastic, $"min-nodes = {MinNodes} without elastic", path, "set elastic = on, or leave min-nodes out");
        Require(MinNodes == 0 || (MinNodes >= QuorumSize && MinNodes <= WorldSize),
            $"min-nodes = {MinNodes} is out of range", path, $"use {QuorumSize} (the quorum: fewer nodes stop themselves) to {WorldSize}");
        Require(QuorumSize <= WorldSize || !Elastic || MinNodes > 0, $"quorum = {Quorum} is more than world-size = {WorldSize}", path, "set min-nodes");
        Require(ReplacementWait >= TimeSpan.Zero, "replacement-wait is negative", path, "use a duration, or 0s for ever");
        Require(Restarts is >= 0 and <= 1000, $"restarts = {Restarts} is out of range", path, "use 0 to 1000");
        var lane = BindLane();
        var guarded = Security.Tls.Enabled || Security.Secret.Length > 0 || Security.SecretFile.Length > 0;
        Require(IsLoopback(Host) || guarded, $"host = {Host} {Open}", path, "set security.secret-file, or security.tls, or use host = 127.0.0.1");
        Require(IsLoopback(lane.Host) || guarded, $"lane.host = {lane.Host} {Open}", path, "set security.secret-file, or security.tls, or leave lane.host out");
    }

    private static void Require(bool holds, string what, string path, string instead)
    {
        if (!holds)
        {
            throw new UserErrorException(what, path, instead);
        }
    }
}
