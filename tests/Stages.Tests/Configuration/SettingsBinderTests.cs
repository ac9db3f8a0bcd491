// Binding: every type, every default, and one line for every mistake.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using static XClassFlow.Stages.Tests.Configuration.Nodes;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed class SettingsBinderTests
{
    [Fact]
    public void EveryTypeBinds()
    {
        var raw = Block(("anything", "1"));
        var bound = SettingsBinder.Bind<Everything>(Block(
            ("whole", "-5"), ("long", "1e9"), ("seed", "18446744073709551615"), ("real", "1e-3"), ("single", "2.5"), ("switch", "off"), ("text", "a b"),
            ("rule", "row-wise-lars"), ("maybe", "9"), ("maybe-text", null), ("sizes", new object[] { "1", "2" }), ("raw", raw), ("pause", "200ms"),
            ("memory", "2 GiB"), ("inner", Block(("rate", "0.2"))), ("inners", new object[] { Block(("limit", "3")), Block() }),
            ("names", new object[] { "a", "b" }), ("steps", new object[] { "0.5" }), ("named", Block(("one", Block(("rate", "3")))))));

        Assert.Equal((-5, 1_000_000_000L, ulong.MaxValue, 1e-3, 2.5f, false, "a b"), (bound.Whole, bound.Long, bound.Seed, bound.Real, bound.Single, bound.Switch, bound.Text));
        Assert.Equal((Rule.RowWiseLars, 9, null), (bound.Rule, bound.Maybe, bound.MaybeText));
        Assert.Equal([1, 2], bound.Sizes!);
        Assert.Equal("1", bound.Raw!.Members["anything"].Text);
        Assert.Equal(TimeSpan.FromMilliseconds(200), bound.Pause);
        Assert.Equal(2L << 30, bound.Memory.Bytes);
        Assert.Equal(new Inner(0.2), bound.Inner);
        Assert.Equal([new Inner(Limit: 3), new Inner()], bound.Inners);
        Assert.Equal(["a", "b"], bound.Names);
        Assert.Equal([0.5], bound.Steps);
        Assert.Equal(new Inner(3), bound.Named["one"]);
    }

    [Fact]
    public void WhatIsNotWrittenTakesItsDefault() => Assert.Equivalent(new Everything(), SettingsBinder.Bind<Everything>(Block()));

    [Fact]
    public void ANestedRecordThatIsNotWrittenIsBoundFromNothing()
    {
        var bound = SettingsBinder.Bind<Strict>(Block(("classes", "10"), ("name", "n")));

        Assert.Equal(new Strict(10, new Inner()) { Name = "n" }, bound);
    }

    [Theory]
    [InlineData("wohle", "1", "x.wohle (train.conf:7): unknown key 'wohle' with the value 1; did you mean 'whole'? known keys: whole, long, seed,")]
    [InlineData("zzzzzz", "1", "x.zzzzzz (train.conf:7): unknown key 'zzzzzz' with the value 1; known keys: whole, long, seed,")]
    [InlineData("whole", "1.5", "x.whole (train.conf:7): bad value 1.5; expected a whole number of 32 bits")]
    [InlineData("whole", "5000000000", "x.whole (train.conf:7): bad value 5000000000; expected a whole number of 32 bits")]
    [InlineData("whole", null, "x.whole (train.conf:7): bad value null; expected a whole number of 32 bits")]
    [InlineData("long", "many", "x.long (train.conf:7): bad value many; expected a whole number")]
    [InlineData("seed", "-1", "x.seed (train.conf:7): bad value -1; expected a whole number, not negative")]
    [InlineData("real", "NaN", "x.real (train.conf:7): bad value NaN; expected a number such as 0.1 or 1e-4")]
    [InlineData("real", "0,1", "x.real (train.conf:7): bad value \"0,1\"; expected a number such as 0.1 or 1e-4")]
    [InlineData("single", "1e300", "x.single (train.conf:7): bad value 1e300; expected a number such as 0.1 or 1e-4")]
    [InlineData("switch", "2", "x.switch (train.conf:7): bad value 2; expected true or false")]
    [InlineData("text", null, "x.text (train.conf:7): bad value null; expected a text")]
    [InlineData("rule", "adam", "x.rule (train.conf:7): bad value adam; expected one of sgd, row-wise-lars")]
    [InlineData("rule", "0", "x.rule (train.conf:7): bad value 0; expected one of sgd, row-wise-lars")]
    [InlineData("maybe", "x", "x.maybe (train.conf:7): bad value x; expected a whole number of 32 bits")]
    [InlineData("pause", "5", "x.pause (train.conf:7): bad value 5; expected a duration with its unit such as 200ms, 5s or 2m")]
    [InlineData("memory", "64 Mb/s", "x.memory (train.conf:7): bad value \"64 Mb/s\"; expected a size such as 4096, 64 MiB or 2G")]
    [InlineData("sizes", "1", "x.sizes (train.conf:7): bad value 1; expected a list [ ... ]")]
    [InlineData("inner", "1", "x.inner (train.conf:7): bad value 1; expected a block { ... }")]
    [InlineData("inner", null, "x.inner (train.conf:7): bad value null; expected a block { ... }")]
    public void AMistakeIsOneLine(string key, string? value, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Everything>(Block((key, value))));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void MistakesInsideListsAndBlocksNameTheFullPath()
    {
        var inList = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Everything>(Block(("inners", new object[] { Block(), Block(("rate", "a")) }))));
        var inBlock = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Everything>(Block(("inner", Block(("rat", "1"))))));
        var block = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Everything>(Block(("whole", Block(("a", "1"))))));

        Assert.Equal("x.inners[1].rate (train.conf:7): bad value a; expected a number such as 0.1 or 1e-4", inList.Message);
        Assert.Equal("x.inner.rat (train.conf:7): unknown key 'rat' with the value 1; did you mean 'rate'? known keys: rate, limit", inBlock.Message);
        Assert.Equal("x.whole (train.conf:7): bad value { a = 1 }; expected a whole number of 32 bits", block.Message);
    }

    [Fact]
    public void ARequiredKeyIsMissed()
    {
        var parameter = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Strict>(Block(("name", "n"))));
        var property = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Strict>(Block(("classes", "1"))));

        Assert.Equal("x.classes (train.conf:7): missing required key; write classes = with a whole number of 32 bits", parameter.Message);
        Assert.Equal("x.name (train.conf:7): missing required key; write name = with a text", property.Message);
    }

    [Fact]
    public void TheRecordValidatesItself()
    {
        var error = Assert.Throws<UserErrorException>(() => SettingsBinder.Bind<Everything>(Block(("inner", Block(("rate", "-1"))))));

        Assert.Equal("x.inner: rate -1 is not positive; write a rate above 0", error.Message);
    }

    [Theory]
    [InlineData("MicroBatches", "micro-batches")]
    [InlineData("Top5Count", "top5-count")]
    [InlineData("K", "k")]
    [InlineData("UseTLS", "use-tls")]
    [InlineData("KNNGraph", "knn-graph")]
    public void KeysAreKebabCase(string name, string key) => Assert.Equal(key, KebabCase.Of(name));

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096", 4096L)]
    [InlineData("64M", 64L << 20)]
    [InlineData("64 MiB", 64L << 20)]
    [InlineData("64 MB", 64_000_000L)]
    [InlineData("1.5 gib", 3L << 29)]
    [InlineData("2kB", 2000L)]
    [InlineData("12 B", 12L)]
    [InlineData("0.3 B", null)]
    [InlineData("-1", null)]
    [InlineData("9000000 TiB", null)]
    [InlineData("64 parsec", null)]
    [InlineData("", null)]
    public void SizesHaveUnits(string text, long? bytes) => Assert.Equal(bytes, ByteSize.TryParse(text, out var size) ? size.Bytes : null);

    [Fact]
    public void SizesRenderInTheLargestUnit()
    {
        Assert.Equal("64 MiB", ByteSize.FromMebibytes(64).ToString());
        Assert.Equal("1500 B", new ByteSize(1500).ToString());
    }
}
