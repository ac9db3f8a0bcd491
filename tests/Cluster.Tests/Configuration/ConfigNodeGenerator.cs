// Random configuration trees for properties.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Tests.Configuration;

internal static class ConfigNodeGenerator
{
    private static readonly Gen<string> AnyText = ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "");

    private static readonly Gen<string> Awkward = Gen.Elements(
        "null", "true", "1e-3", "", " ", "a b", "a=b", "${x}", "#", "//", "\"", "\\", "\n", "include", "é", "日本", "\u2028", "😀", "a,b", "{", "]", "+=", "x:y", "akka.tcp://a@b:1");

    public static Gen<string> Text { get; } = Gen.OneOf(AnyText, Awkward).Where(IsWellFormed);

    public static Gen<ConfigNode> Document(Gen<string> texts, Gen<string> keys) => Gen.Sized(size => Members(texts, keys, Math.Min(size, 12)));

    private static Gen<ConfigNode> Node(Gen<string> texts, Gen<string> keys, int size)
    {
        var leaf = Gen.Frequency((5, texts.Select(t => ConfigNode.OfText(t))), (1, Gen.Constant(ConfigNode.OfNull())));
        return size <= 1
            ? leaf
            : Gen.Frequency(
                (2, leaf),
                (1, Members(texts, keys, size / 2)),
                (1, Node(texts, keys, size / 3).ListOf().Select(items => ConfigNode.OfItems(items.Take(4)))));
    }

    private static Gen<ConfigNode> Members(Gen<string> texts, Gen<string> keys, int size) =>
        from names in keys.ListOf()
        from nodes in Node(texts, keys, size).ListOf(Math.Min(names.Count, 5))
        select ConfigNode.OfMembers(names.Zip(nodes).DistinctBy(m => m.First).Select(m => KeyValuePair.Create(m.First, m.Second)));

    // Half a surrogate pair is no text that a UTF-8 file could hold.
    private static bool IsWellFormed(string text) => text.EnumerateRunes().All(r => r.Value != 0xFFFD);
}
