// The list of keys that reference.conf is checked against.
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed class SettingsDocumentationTests
{
    [Fact]
    public void EveryKeyIsListedWithItsDefault()
    {
        var keys = SettingsDocumentation.KeysOf<Everything>("x").ToDictionary(k => k.Path, k => k.Default);

        Assert.Equal("1", keys["x.whole"]);
        Assert.Equal("sgd", keys["x.rule"]);
        Assert.Equal("true", keys["x.switch"]);
        Assert.Equal("null", keys["x.maybe"]);
        Assert.Equal("null", keys["x.raw"]);
        Assert.Equal("5s", keys["x.pause"]);
        Assert.Equal("\"64 MiB\"", keys["x.memory"]);
        Assert.Equal("0.1", keys["x.inner.rate"]);
        Assert.Equal("[]", keys["x.inners"]);
        Assert.Equal("{}", keys["x.named"]);
        Assert.Equal(20, keys.Count);
    }

    [Fact]
    public void RequiredKeysHaveNoDefault()
    {
        var keys = SettingsDocumentation.KeysOf<Strict>();

        Assert.Equal(["classes", "inner.rate", "inner.limit", "micro-batches", "name"], keys.Select(k => k.Path));
        Assert.Equal([true, false, false, false, true], keys.Select(k => k.Required));
        Assert.Null(keys[0].Default);
    }
}
