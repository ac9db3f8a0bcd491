// Who may connect: secrets and certificates.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneTrustTests
{
    private static readonly SecuritySettings Secret = new("correct horse battery staple");

    private static readonly LaneSettings Short = LaneNodes.Quick with { ConnectTimeout = TimeSpan.FromMilliseconds(700), HandshakeTimeout = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task The_same_secret_connects()
    {
        await using var nodes = await LaneNodes.OpenAsync(3, null, Secret);
        await ExchangeAsync(nodes);
    }

    [Fact]
    public async Task Another_secret_is_refused_on_both_sides()
    {
        await using var nodes = LaneNodes.Listen(2, Short, Secret, new SecuritySettings("incorrect horse battery staple"));
        await AssertNotOpenedAsync(nodes, "the shared secrets differ");
        Assert.Contains(nodes.Notes, n => n.Contains("refused 127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_without_the_secret_is_refused_either_way()
    {
        await using var without = LaneNodes.Listen(2, Short, LaneNodes.Open, Secret);
        await AssertNotOpenedAsync(without, "this node requires a shared secret");
        await using var with = LaneNodes.Listen(2, Short, Secret, LaneNodes.Open);
        await AssertNotOpenedAsync(with, "this one has none");
    }

    [Fact]
    public async Task Certificates_of_one_authority_connect_with_a_secret_and_without()
    {
        using var authority = new TestAuthority("ours");
        await using var plain = await LaneNodes.OpenAsync(2, null, authority.Node(), authority.Node());
        await ExchangeAsync(plain);
        await using var both = await LaneNodes.OpenAsync(2, null, authority.Node() with { Secret = Secret.Secret }, authority.Node() with { Secret = Secret.Secret });
        await ExchangeAsync(both);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_trusted_on_either_side()
    {
        using var ours = new TestAuthority("ours");
        using var theirs = new TestAuthority("theirs");
        await using var connecting = LaneNodes.Listen(2, Short, theirs.Node(), ours.Node());
        await AssertNotOpenedAsync(connecting, "not trusted");

        // The stranger trusts our authority, so that only our side can refuse.
        var stranger = theirs.Node();
        stranger = stranger with { Tls = stranger.Tls with { Authority = ours.AuthorityFile } };
        await using var accepting = LaneNodes.Listen(2, Short, stranger, ours.Node());
        await AssertNotOpenedAsync(accepting, "");
        Assert.Contains(accepting.Notes, n => n.Contains("dropped 127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_expired_certificate_and_a_node_without_TLS_are_not_trusted()
    {
        using var authority = new TestAuthority("ours");
        await using var expired = LaneNodes.Listen(2, Short, authority.Node(), authority.Node(validDays: -1));
        await AssertNotOpenedAsync(expired, "not trusted");
        await using var plain = LaneNodes.Listen(2, Short, LaneNodes.Open, authority.Node());
        await AssertNotOpenedAsync(plain, "");
    }

    [Fact]
    public void Files_that_cannot_be_used_are_the_users_mistake()
    {
        using var authority = new TestAuthority("ours");
        var good = authority.Node();
        var other = authority.Node();
        foreach (var tls in new[]
        {
            good.Tls with { Certificate = "/nowhere.pem" }, good.Tls with { Authority = good.Tls.Key }, good.Tls with { Key = other.Tls.Key }, good.Tls with { Key = good.Tls.Certificate },
        })
        {
            Assert.Throws<UserErrorException>(() => TcpLaneEndpoint.Start(LaneNodes.Quick, new SecuritySettings(Tls: tls), _ => { }));
        }

        Assert.Throws<UserErrorException>(() => SharedSecret.Load(new SecuritySettings("short")));
        Assert.Throws<UserErrorException>(() => SharedSecret.Load(new SecuritySettings(SecretFile: "/nowhere")));
        Assert.DoesNotContain("horse", Secret.ToString(), StringComparison.Ordinal);
    }

    private static async Task ExchangeAsync(LaneNodes nodes)
    {
        using var expected = RandomParcels.Make(new Random(1), 60);
        nodes.Lanes[0].Send(1, 0, RandomParcels.Copy(expected));
        using var there = await nodes.Logs[1].TakeAsync(0, 0);
        nodes.Lanes[1].Send(0, 1, RandomParcels.Copy(there));
        using var back = await nodes.Logs[0].TakeAsync(1, 1);
        RandomParcels.AssertEqual(expected, back, "there and back");
    }

    private static async Task AssertNotOpenedAsync(LaneNodes nodes, string reason)
    {
        var opening = nodes.Endpoints.Select((e, self) => e.OpenAsync(nodes.Plan(self), new ParcelLog(), CancellationToken.None)).ToArray();
        var connecting = await Assert.ThrowsAsync<LaneException>(() => opening[0].InTime("the connecting side should give up"));
        await Assert.ThrowsAsync<LaneException>(() => opening[1].InTime("the accepting side should give up"));
        Assert.Contains(reason, connecting.Message, StringComparison.Ordinal);
    }
}
