// reference.conf holds every key with the default that the code has, and nothing else.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Configuration;

public sealed class ReferenceConfTests
{
    private static readonly ConfigNode Root = HoconLoader.Load(null, []).Root;

    public static TheoryData<string> Runs => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs", "hocon"), "*.conf")
        .Select(f => Path.GetFileName(f)!).Where(f => f != "reference.conf").Order(StringComparer.Ordinal)];

    [Fact]
    public void It_binds_to_the_defaults_of_the_code()
    {
        var bound = RunSettings.Bind(Root);
        var defaults = new RunSettings(bound.Data, bound.Backbone, bound.Optimizer, bound.Convergence);
        Assert.Equal(defaults.Head, bound.Head);
        Assert.Equal(defaults.ActiveClasses, bound.ActiveClasses);
        Assert.Equal(defaults.Schedule, bound.Schedule);
        Assert.Equal(defaults.Layout, bound.Layout);
        Assert.Equal(defaults.Torch, bound.Torch);
        Assert.Equal(defaults.Limits, bound.Limits);
        Assert.Equal(defaults.Guard, bound.Guard);
        Assert.Equivalent(defaults.Sparsifier, bound.Sparsifier, strict: true);
        Assert.Equal(new PreprocessSettings(), bound.Data.Preprocess);
    }

    [Fact]
    public void It_names_every_key_of_the_settings()
    {
        var keys = SettingsDocumentation.KeysOf<RunSettings>().Select(k => k.Path);
        Assert.All(keys, key => Assert.True(Has(Root, key), $"reference.conf lacks {key}"));
    }

    [Fact]
    public void It_names_every_key_of_every_component()
    {
        Check(Components.Backbones.SettingsTypes, "backbone");
        Check(Components.Optimizers.SettingsTypes, "optimizer");
        Check(Components.Policies.SettingsTypes, "convergence");
        Check(Components.DataSets.SettingsTypes.Where(c => c.Key != "arrow").ToDictionary(c => c.Key, c => c.Value), "data.train");
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_run_in_configs_binds(string file)
    {
        var settings = RunSettings.Bind(HoconLoader.Load(Path.Combine(Repository.Root, "configs", "hocon", file), []).Root);
        Components.Backbones.Check(settings.Backbone);
        Components.Policies.Check(settings.Convergence);
        Components.Optimizers.Check(settings.Optimizer);
        Components.DataSets.Check(settings.Data.Train);
    }

    private static void Check(IReadOnlyDictionary<string, Type> components, string block)
    {
        foreach (var (name, type) in components)
        {
            foreach (var key in SettingsDocumentation.KeysOf(type))
            {
                Assert.True(Has(Root, $"{block}.{name}.{key.Path}"), $"reference.conf lacks {block}.{name}.{key.Path}");
            }
        }
    }

    private static bool Has(ConfigNode node, string path)
    {
        foreach (var key in path.Split('.'))
        {
            if (node.Find(key) is not { } next)
            {
                return false;
            }

            node = next;
        }

        return true;
    }
}
