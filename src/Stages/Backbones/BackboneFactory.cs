// Makes a built-in backbone from its type's name and its settings.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Stages.Backbones;

/// <summary>The built-in backbones by the name they have in configurations.</summary>
public static class BackboneFactory
{
    /// <summary>Names, for messages and documentation.</summary>
    public static IReadOnlyList<string> Types { get; } = ["identity", "mlp", "convnet", "resnet18", "resnet50"];

    /// <summary>The settings of a type, all at their defaults.</summary>
    /// <exception cref="UserErrorException">There is no such type.</exception>
    public static IBackboneSettings DefaultSettings(string type) => type switch
    {
        "identity" => new IdentityBackbone.Settings(),
        "mlp" => new MlpBackbone.Settings(),
        "convnet" => new ConvNetBackbone.Settings(),
        "resnet18" or "resnet50" => new ResNetBackbone.Settings(),
        _ => throw Unknown(type),
    };

    /// <summary>Builds a backbone on the CPU, in training mode, with its first weights drawn from the seed alone.</summary>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="settings">Settings of that type's record; checked again here.</param>
    /// <param name="input">Shape of a sample.</param>
    /// <param name="seed">Same type, settings, shape and seed: the same bits.</param>
    /// <returns>The caller's; outside any dispose scope.</returns>
    /// <exception cref="UserErrorException">Unknown type, a setting out of range, or samples that the type cannot take.</exception>
    /// <exception cref="ArgumentException">The settings are those of another type.</exception>
    public static Backbone Create(string type, IBackboneSettings settings, SampleShape input, ulong seed) => (type, settings) switch
    {
        ("identity", IdentityBackbone.Settings s) => new IdentityBackbone(s, input, seed),
        ("mlp", MlpBackbone.Settings s) => new MlpBackbone(s, input, seed),
        ("convnet", ConvNetBackbone.Settings s) => new ConvNetBackbone(s, input, seed),
        ("resnet18", ResNetBackbone.Settings s) => new ResNetBackbone(18, s, input, seed),
        ("resnet50", ResNetBackbone.Settings s) => new ResNetBackbone(50, s, input, seed),
        _ when Types.Contains(type) => throw new ArgumentException($"{settings?.GetType()} are not the settings of {type}", nameof(settings)),
        _ => throw Unknown(type),
    };

    private static UserErrorException Unknown(string type) => new($"there is no backbone '{type}'", "backbone.type", $"write one of {string.Join(", ", Types)}");
}
