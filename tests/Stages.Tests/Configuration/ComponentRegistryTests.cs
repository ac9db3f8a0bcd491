// Components by name, built in and from a user's library.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using static XClassFlow.Stages.Tests.Configuration.Nodes;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed class ComponentRegistryTests
{
    private const string Here = "XClassFlow.Stages.Tests";
    private const string Names = $"{Here}.Configuration";

    private static readonly ComponentRegistry<IBackbone, Context> Registry = new ComponentRegistry<IBackbone, Context>("backbone")
        .Register<ConvSettings>("convnet", (s, c) => new BuiltIn($"conv {s.Embedding} {c.Classes}"))
        .Register<MlpSettings>("mlp", (s, _) => new BuiltIn($"mlp {s.Width}"));

    [Fact]
    public void TheTypePicksTheComponentAndItsBlock()
    {
        Assert.Equal("conv 128 7", Make(("type", "convnet"), ("convnet", Block(("embedding", "128"))), ("mlp", Block(("width", "3")))));
        Assert.Equal("conv 64 7", Make(("type", "convnet")));
        Assert.Equal("mlp 3", Make(("type", "mlp"), ("convnet", Block(("embedding", "128"))), ("mlp", Block(("width", "3")))));
    }

    [Fact]
    public void SettingsTypesAreListed() => Assert.Equal(typeof(MlpSettings), Registry.SettingsTypes["mlp"]);

    [Fact]
    public void AClassOfTheUserIsFound()
    {
        Assert.Equal("custom 2 7", Make(("type", $"{Names}.CustomBackbone, {Here}")));
        Assert.Equal("custom 5 7", Make(("type", $"{Names}.CustomBackbone, {Here}"), ("settings", Block(("depth", "5")))));
    }

    [Fact]
    public void AMistakeInABlockThatIsNotSelectedIsFound() => Fails(
        "x.mlp.widht (train.conf:7): unknown key 'widht' with the value 3; did you mean 'width'? known keys: width, dropout",
        ("type", "convnet"), ("mlp", Block(("widht", "3"))));

    [Fact]
    public void UnknownNamesAreListed()
    {
        Fails(
            "x.type (train.conf:7): unknown backbone 'convent'; did you mean 'convnet'? known names: convnet, mlp; or a class of yours as \"Namespace.Class, Assembly\"",
            ("type", "convent"));
        Fails(
            "x.convent (train.conf:7): unknown key 'convent' with the value {}; did you mean 'convnet'? known keys: type, assembly, settings, convnet, mlp",
            ("type", "convnet"), ("convent", Block()));
    }

    [Fact]
    public void TheTypeMustBeWritten()
    {
        Fails("x.type (train.conf:7): missing required key; write type = NAME with a backbone of convnet, mlp");
        Fails("x.type (train.conf:7): bad value [a]; expected the name of a backbone: convnet, mlp", ("type", new object[] { "a" }));
        var text = Assert.Throws<UserErrorException>(() => Registry.Create(ConfigNode.OfText("convnet", "", "x"), new Context(7)));
        Assert.Equal("x: bad value convnet; write { type = NAME } with a backbone of convnet, mlp", text.Message);
    }

    [Fact]
    public void SettingsAreOnlyForAClassOfTheUser() => Fails(
        "x.settings (train.conf:7): 'settings' is only for a class of yours; the settings of a built-in backbone go into the block of its name",
        ("type", "convnet"), ("settings", Block()));

    [Fact]
    public void CustomSettingsBindStrictly() => Fails(
        "x.settings.dept (train.conf:7): unknown key 'dept' with the value 5; did you mean 'depth'? known keys: depth",
        ("type", $"{Names}.CustomBackbone, {Here}"), ("settings", Block(("dept", "5"))));

    [Fact]
    public void AnAssemblyThatIsNotThere()
    {
        Fails(
            $"x.type (train.conf:7): no assembly 'Acme': there is no file {Path.Combine(AppContext.BaseDirectory, "Acme.dll")}; "
            + "put the library beside the application, or give its path with assembly = \"path/to/it.dll\"",
            ("type", "Acme.My, Acme"));
        Fails(
            "x.assembly (train.conf:7): no assembly 'Acme': there is no file /nowhere/Acme.dll; put the library beside the application, or give its path with assembly = \"path/to/it.dll\"",
            ("type", "Acme.My, Acme"), ("assembly", "/nowhere/Acme.dll"));
    }

    [Fact]
    public void AFileThatIsNoLibrary()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "text");

        Fails($"x.assembly (train.conf:7): {file} is no .NET class library that can be loaded here; build it for net10.0 or older", ("type", "Acme.My, Acme"), ("assembly", file));
        File.Delete(file);
    }

    [Fact]
    public void ALibraryOfAnotherName()
    {
        var file = typeof(FactAttribute).Assembly.Location;

        Fails($"x.assembly (train.conf:7): {file} holds the assembly 'xunit.v3.core', not 'Acme'; write the same name after the comma of type", ("type", "Acme.My, Acme"), ("assembly", file));
    }

    [Theory]
    [InlineData("NotThere", "the assembly 'XClassFlow.Stages.Tests' has no type 'XClassFlow.Stages.Tests.Configuration.NotThere'; known types: ")]
    [InlineData("Hidden", "the assembly 'XClassFlow.Stages.Tests' has no public type 'XClassFlow.Stages.Tests.Configuration.Hidden'; known types: ")]
    [InlineData("NotABackbone", "the type 'XClassFlow.Stages.Tests.Configuration.NotABackbone' is not a IBackbone; name a class that implements XClassFlow.Stages.Tests.Configuration.IBackbone, is not abstract and not generic")]
    [InlineData("Unfinished", "the type 'XClassFlow.Stages.Tests.Configuration.Unfinished' cannot be created; name a class that implements")]
    [InlineData("WithoutSettings", "the type 'XClassFlow.Stages.Tests.Configuration.WithoutSettings' has no nested public type Settings; give it: public sealed record Settings(...)")]
    [InlineData("WithoutConstructor", "the type 'XClassFlow.Stages.Tests.Configuration.WithoutConstructor' has no public constructor (Settings, Context); give it: public WithoutConstructor(Settings settings, Context context)")]
    public void AClassThatDoesNotFit(string type, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => Make(("type", $"{Names}.{type}, {Here}")));

        Assert.Contains(message, error.Message.Replace("did you mean", "known types: did you mean", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("x.type (train.conf:7): ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HalfATypeName() => Fails("x.type (train.conf:7): bad type name 'Acme.My,'; write \"Namespace.Class, Assembly\"", ("type", "Acme.My,"));

    [Theory]
    [InlineData("type")]
    [InlineData("settings")]
    [InlineData("a,b")]
    public void NamesWithAMeaningCannotBeRegistered(string name) =>
        Assert.Throws<ArgumentException>(() => new ComponentRegistry<IBackbone, Context>("backbone").Register<ConvSettings>(name, (_, _) => new BuiltIn("")));

    private static string Make(params (string Key, object? Value)[] members)
    {
        Registry.Check(Block(members));
        return Registry.Create(Block(members), new Context(7)).Describe();
    }

    private static void Fails(string message, params (string Key, object? Value)[] members)
    {
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Registry.Create(Block(members), new Context(7))).Message);
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Registry.Check(Block(members))).Message);
    }
}
