// The lane's settings: keys, defaults, and what is refused.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneSettingsTests
{
    [Fact]
    public void Keys_are_bound_and_the_rest_has_defaults()
    {
        var settings = SettingsBinder.Bind<LaneSettings>(Parse(
            """{ host = 0.0.0.0, public-host = node-1, port = 4054, connections = 4, fragment = 512 KiB, keep-alive = 1s, silence = 5s, limits { pending = 32 GiB, tensors = 64 } }"""));
        Assert.Equal(("0.0.0.0", "node-1", 4054, 4, 512L << 10), (settings.Host, settings.PublicHost, settings.Port, settings.Connections, settings.Fragment.Bytes));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), 32L << 30, 64), (settings.KeepAlive, settings.Silence, settings.Limits.Pending.Bytes, settings.Limits.Tensors));
        Assert.Equal(new LaneSettings().ReconnectTimeout, settings.ReconnectTimeout);
        Assert.Equal(new LaneSettings(), SettingsBinder.Bind<LaneSettings>(Parse("{ }")));
    }

    [Theory]
    [InlineData("{ host = 0.0.0.0 }", "public-host")]
    [InlineData("{ port = 70000 }", "port")]
    [InlineData("{ fragment = 1 KiB }", "fragment")]
    [InlineData("{ keep-alive = 10s }", "silence")]
    [InlineData("{ connections = 0 }", "connections")]
    [InlineData("{ reconnect-timeout = 0s }", "reconnect-timeout")]
    [InlineData("{ limits { pending = 1 GiB } }", "pending")]
    [InlineData("{ limits { head = 2 MiB } }", "head")]
    [InlineData("{ fragments = 1 }", "fragments")]
    public void What_cannot_work_is_the_users_mistake(string text, string key)
        => Assert.Contains(key, Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<LaneSettings>(Parse(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Security_is_bound_too()
    {
        var settings = SettingsBinder.Bind<SecuritySettings>(Parse("""{ secret-file = s, tls { enabled = on, certificate = c, key = k, authority = a } }"""));
        Assert.Equal(("s", new TlsSettings(true, "c", "k", "a")), (settings.SecretFile, settings.Tls));
        Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<SecuritySettings>(Parse("{ tls { enabled = on } }")));
        Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<SecuritySettings>(Parse("{ secret = a, secret-file = b }")));
    }

    private static ConfigNode Parse(string block) => HoconLoader.Parse($"block {block}", "test.conf").Find("block")!;
}
