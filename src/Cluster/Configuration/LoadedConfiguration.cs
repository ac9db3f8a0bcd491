// The effective configuration of a node.
using XClassFlow.Stages.Configuration;
using AkkaConfig = Akka.Configuration.Config;

namespace XClassFlow.Cluster.Configuration;

/// <summary>Reference, file and <c>--set</c> in one, with substitutions resolved.</summary>
/// <param name="Root">Everything under <c>xclassflow</c>, at that path.</param>
/// <param name="AkkaRoot">Everything under <c>akka</c>, at that path.</param>
/// <param name="Akka">The same for an actor system, below a top-level <c>akka</c>; Akka's own defaults are not in it.</param>
public sealed record LoadedConfiguration(ConfigNode Root, ConfigNode AkkaRoot, AkkaConfig Akka)
{
    /// <summary>What describes a run, wherever it runs: without the place in a cluster and its secrets, and without Akka's settings.</summary>
    public LoadedConfiguration OfRun() => new(
        ConfigNode.OfMembers(Root.Members.Where(m => m.Key != "cluster"), Root.Origin, Root.Path), ConfigNode.Empty(AkkaRoot.Path), AkkaConfig.Empty);

    /// <summary>The same as it may be shown.</summary>
    public LoadedConfiguration WithoutSecrets() => this with { Root = Root.WithoutSecrets(), AkkaRoot = AkkaRoot.WithoutSecrets() };

    /// <summary>The document that would load as this configuration; stable for equal content.</summary>
    public string ToHocon() => ConfigNode.OfMembers(
        new[] { Root, AkkaRoot }
            .Where(n => n.Members.Count > 0)
            .Select(n => KeyValuePair.Create(n == Root ? HoconLoader.RootKey : HoconLoader.AkkaKey, n))).ToHocon();
}
