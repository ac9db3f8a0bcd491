// Short ways to write configuration trees in tests: Stages has no parser.
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Stages.Tests.Configuration;

internal static class Nodes
{
    public static ConfigNode Block(params (string Key, object? Value)[] members) =>
        ConfigNode.OfMembers(members.Select(m => KeyValuePair.Create(m.Key, Of(m.Value))), "train.conf:7", "x");

    private static ConfigNode Of(object? value) => value switch
    {
        null => ConfigNode.OfNull("train.conf:7"),
        ConfigNode node => node,
        string text => ConfigNode.OfText(text, "train.conf:7"),
        object?[] items => ConfigNode.OfItems(items.Select(Of), "train.conf:7"),
        _ => throw new ArgumentException($"no node for {value.GetType()}"),
    };
}
