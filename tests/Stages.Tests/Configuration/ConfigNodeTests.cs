// The configuration tree: places, merging, rendering.
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed class ConfigNodeTests
{
    private static ConfigNode T(string text) => ConfigNode.OfText(text);

    private static ConfigNode M(params (string Key, ConfigNode Value)[] members) =>
        ConfigNode.OfMembers(members.Select(m => KeyValuePair.Create(m.Key, m.Value)), "f.conf:1", "root");

    [Fact]
    public void MembersKnowTheirFullPath()
    {
        var node = M(("head", M(("a.b", ConfigNode.OfItems([T("1"), M(("k", T("2")))])))));

        Assert.Equal("root.head.\"a.b\"[1].k", node.Members["head"].Members["a.b"].Items[1].Members["k"].Path);
    }

    [Fact]
    public void FallbackMergesBlocksAtEveryDepthAndReplacesTheRest()
    {
        var over = M(("head", M(("scale", T("16")), ("off", ConfigNode.OfNull()))), ("list", ConfigNode.OfItems([T("9")])));
        var below = M(("head", M(("scale", T("1")), ("margin", T("0.3")), ("off", T("x")))), ("list", ConfigNode.OfItems([T("1"), T("2")])), ("seed", T("7")));

        var merged = over.WithFallback(below);

        Assert.True(merged.ContentEquals(M(
            ("head", M(("scale", T("16")), ("margin", T("0.3")), ("off", ConfigNode.OfNull()))), ("list", ConfigNode.OfItems([T("9")])), ("seed", T("7")))));
        Assert.Equal("root.head.margin", merged.Members["head"].Members["margin"].Path);
    }

    [Fact]
    public void TextDoesNotMergeWithABlock()
    {
        Assert.Equal("x", M(("a", T("x"))).WithFallback(M(("a", M(("b", T("1")))))).Members["a"].Text);
        Assert.Equal(ConfigNodeKind.Members, M(("a", M(("b", T("1"))))).WithFallback(M(("a", T("x")))).Members["a"].Kind);
    }

    [Fact]
    public void RenderingSortsKeysAndQuotesWhatNeedsIt()
    {
        var node = M(
            ("z", T("a b")), ("a", M(("x.y", T("0.5")), ("empty", M()))), ("list", ConfigNode.OfItems([T("1"), ConfigNode.OfNull(), T("null")])),
            ("blocks", ConfigNode.OfItems([M(("k", T("v")))])));

        Assert.Equal(
            """
            a {
              empty {}
              "x.y" = 0.5
            }
            blocks = [
              {
                k = v
              },
            ]
            list = [1, null, "null"]
            z = "a b"

            """.ReplaceLineEndings("\n"),
            node.ToHocon());
    }

    [Fact]
    public void AMissingSectionIsEmptyAtItsPath()
    {
        Assert.Equal("root.head", M().Section("head").Path);
        Assert.Null(M().Find("head"));
    }

    [Fact]
    public void LongValuesAreCutInMessages() => Assert.Equal(83, T(new string('x', 500)).ToString().Length);
}
