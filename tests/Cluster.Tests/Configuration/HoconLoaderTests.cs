// Layers, includes, --set, and the two top-level keys.
using System.Text;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Configuration;

public sealed class HoconLoaderTests : IDisposable
{
    private const string Reference = """
        xclassflow {
          classes = 10
          head { scale = 16, margin = 0, copy = ${xclassflow.classes}, list = [1, 2] }
          other = ${xclassflow.head}
        }
        akka { loglevel = INFO }
        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheFileOverridesTheReferenceAndSetOverridesTheFile()
    {
        var file = folder.Write("train.conf", "xclassflow.head { margin = 0.3, scale = 32 }");

        var root = HoconLoader.Load(file, ["head.scale=64", "xclassflow.head.list=[3]"], Reference).Root;

        Assert.Equal("copy = 10|list = [3]|margin = 0.3|scale = 64|", root.Section("head").ToHocon().Replace('\n', '|'));
        Assert.Equal("xclassflow.head.scale (--set head.scale)", root.Section("head").Find("scale")!.Where);
        Assert.Equal($"xclassflow.head.margin ({file}:1)", root.Section("head").Find("margin")!.Where);
        Assert.Equal("xclassflow.classes (reference.conf:2)", root.Find("classes")!.Where);
    }

    [Fact]
    public void ABlockThatTheUserWroteToIsTheUsers()
    {
        var file = folder.Write("train.conf", "\nxclassflow.head { margin = 0.3 }");

        var root = HoconLoader.Load(file, ["head.scale=64"], Reference).Root;

        Assert.Equal($"xclassflow.head.missing ({file}:2)", root.Section("head").Section("missing").Where);
    }

    [Fact]
    public void SubstitutionsSeeTheFinalLayers()
    {
        var file = folder.Write("train.conf", "xclassflow { classes = 20, name = run-${xclassflow.classes} }");

        var root = HoconLoader.Load(file, ["classes=30", "other.margin=0.5"], Reference).Root;

        Assert.Equal("30", root.Section("head").Find("copy")!.Text);
        Assert.Equal("run-30", root.Find("name")!.Text);
        Assert.Equal("30", root.Section("other").Find("copy")!.Text);
        Assert.Equal("0.5", root.Section("other").Find("margin")!.Text);
        Assert.Equal("0", root.Section("head").Find("margin")!.Text);
    }

    [Fact]
    public void ASubstitutionOfTheReferenceIsOverriddenKeyByKey()
    {
        var file = folder.Write("train.conf", "xclassflow.other.margin = 0.5\nxclassflow.other { scale = 1 }\nxclassflow.other.list = []");

        var other = HoconLoader.Load(file, ["other.scale=2", "other.scale=2"], Reference).Root.Section("other");

        Assert.Equal("copy = 10|list = []|margin = 0.5|scale = 2|", other.ToHocon().Replace('\n', '|'));
    }

    [Fact]
    public void SetTakesAnyValue()
    {
        var root = HoconLoader.Load(null, ["a={ x = 1, y = [2, 3] }", "b=two words", "c=\"q\"", "d=${xclassflow.classes}", "e=null", "f.\"g.h\"=1", "i=a:b"], Reference).Root;

        Assert.Equal(
            "a {|  x = 1|  y = [2, 3]|}|b = \"two words\"|c = q|classes = 10|d = 10|e = null|f {|  \"g.h\" = 1|}|",
            root.ToHocon().Replace('\n', '|').Split("head")[0]);
        Assert.Equal("a:b", root.Find("i")!.Text);
    }

    [Theory]
    [InlineData("xclassflow.cluster.security.secert=hush", "xclassflow.cluster.security.secert (--set xclassflow.cluster.security.secert): unknown key 'secert' with the value \"***\"")]
    [InlineData("cluster.security={ secret = [hush] }", "xclassflow.cluster.security.secret (--set cluster.security): bad value [\"***\"]")]
    [InlineData("cluster.securty={ secret = hush }", "xclassflow.cluster.securty (--set cluster.securty): unknown key 'securty' with the value { secret = \"***\" }")]
    [InlineData("cluster.security.tls.enabled=hush", "xclassflow.cluster.security.tls.enabled (--set cluster.security.tls.enabled): bad value \"***\"")]
    public void AMistakeNearASecretDoesNotShowIt(string set, string start)
    {
        var loaded = HoconLoader.Load(null, [set]);
        var e = Assert.Throws<UserErrorException>(() => XClassFlow.Cluster.Membership.ClusterSettings.Bind(loaded));
        Assert.StartsWith(start, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASetWithoutItsSignDoesNotShowWhatFollowsThePath() => Assert.Equal(
        "--set cluster.security.secret: no path=value; write --set path=value",
        Assert.Throws<UserErrorException>(() => HoconLoader.Load(null, ["cluster.security.secret hush"], Reference)).Message);

    [Theory]
    [InlineData("classes", "--set classes: no path=value; write --set path=value")]
    [InlineData("=5", "--set: no path=value; write --set path=value")]
    [InlineData("classes=", "--set classes: the value has no value; write a value, \"\" for the empty text, or null")]
    [InlineData("steps=1,2", "--set steps: ',' after the value; write a list in brackets [a, b] and a text with commas in quotes")]
    [InlineData("head={ a = 1", "--set head: this '{' is never closed; add the missing '}'")]
    [InlineData("a=}", "--set a: the value has no value; write a value, \"\" for the empty text, or null")]
    [InlineData("a b=1", "--set a b: ' ' cannot stand in a key; quote the key")]
    [InlineData("a=${?HOME}", "--set a: '${?' is not supported: the keys after it would be lost; give values from outside with --set path=value")]
    [InlineData("a={ include \"x\" }", "--set a: include is only for files; write the value itself")]
    public void ABadSetIsOneLine(string set, string message) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => HoconLoader.Load(null, [set], Reference)).Message);

    [Fact]
    public void IncludesAreRelativeToTheIncludingFile()
    {
        folder.Write("parts/head.conf", "include \"more/scale.conf\"\nmargin = 0.2");
        folder.Write("parts/more/scale.conf", "scale = 8");
        var file = folder.Write("train.conf", "xclassflow {\n head { include \"parts/head.conf\" }\n head.margin = 0.4\n}");

        var head = HoconLoader.Load(file, [], Reference).Root.Section("head");

        Assert.Equal("8", head.Find("scale")!.Text);
        Assert.Equal("0.4", head.Find("margin")!.Text);
        Assert.EndsWith("parts/more/scale.conf:1)", head.Find("scale")!.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void AMistakeInAnIncludedFileNamesThatFile()
    {
        var part = folder.Write("part.conf", "\na = [");
        var file = folder.Write("train.conf", "xclassflow { include \"part.conf\" }");

        Assert.Equal($"{part}:2: this '[' is never closed; add the missing ']'", Fails(file));
    }

    [Fact]
    public void FilesThatCannotBeIncluded()
    {
        var missing = folder.Write("train.conf", "\ninclude \"nothing.conf\"");
        var cyclic = folder.Write("a.conf", "include \"b.conf\"");
        var other = folder.Write("b.conf", "\n\ninclude \"a.conf\"");

        Assert.Equal($"{missing}:2: there is no file '{folder.Root}/nothing.conf'; name a configuration file", Fails(missing));
        Assert.Equal($"{other}:3: '{cyclic}' includes itself; remove one of the includes", Fails(cyclic));
    }

    [Fact]
    public void AnIncludeThatIsUsedTwiceIsNotACycle()
    {
        folder.Write("part.conf", "scale = 8");
        var file = folder.Write("train.conf", "xclassflow { head { include \"part.conf\" }, second { include \"part.conf\" } }");

        Assert.Equal("8", HoconLoader.Load(file, [], Reference).Root.Section("second").Find("scale")!.Text);
    }

    [Fact]
    public void FilesThatCannotBeRead()
    {
        var binary = Path.Combine(folder.Root, "binary.conf");
        File.WriteAllBytes(binary, [0x7f, (byte)'E', (byte)'L', (byte)'F', 0, 0]);
        var latin = Path.Combine(folder.Root, "latin.conf");
        File.WriteAllBytes(latin, Encoding.Latin1.GetBytes("xclassflow { name = é }"));

        Assert.Equal("configuration: there is no file '/nowhere/train.conf'; name a configuration file", Fails("/nowhere/train.conf"));
        Assert.Equal($"configuration: '{folder.Root}' is a directory; name a configuration file", Fails(folder.Root));
        Assert.Equal($"configuration: '{binary}' is not a text file in UTF-8; name a configuration file", Fails(binary));
        Assert.Equal($"configuration: '{latin}' is not a text file in UTF-8; name a configuration file", Fails(latin));
    }

    [Theory]
    [InlineData("xclasflow { classes = 1 }", "unknown top-level key 'xclasflow'; did you mean 'xclassflow'? known keys: xclassflow, akka; settings go inside xclassflow { ... }")]
    [InlineData("classes = 1", "unknown top-level key 'classes'; known keys: xclassflow, akka; settings go inside xclassflow { ... }")]
    [InlineData("xclassflow = 5", "'xclassflow' is not a block; write xclassflow { ... }")]
    public void OtherTopLevelKeysAreErrors(string text, string message)
    {
        var file = folder.Write("train.conf", text);

        Assert.Equal($"{file}:1: {message}", Fails(file));
    }

    [Fact]
    public void TheAkkaBlockIsHandedToAkka()
    {
        var file = folder.Write("train.conf", """
            akka {
              actor.deployment { "/user/a.b" { router = "round-robin" } }
              cluster.seed-nodes = ["akka.tcp://x@host:4053", "b"]
              cluster.roles = []
              remote.dot-netty.tcp.port = ${xclassflow.classes}
            }
            """);

        var loaded = HoconLoader.Load(file, ["classes=4053", "akka.loglevel=DEBUG"], Reference);

        Assert.Equal("DEBUG", loaded.Akka.GetString("akka.loglevel"));
        Assert.Equal(4053, loaded.Akka.GetInt("akka.remote.dot-netty.tcp.port"));
        Assert.Equal(["akka.tcp://x@host:4053", "b"], loaded.Akka.GetStringList("akka.cluster.seed-nodes"));
        Assert.Empty(loaded.Akka.GetStringList("akka.cluster.roles", ["default"]));
        Assert.Equal("round-robin", loaded.Akka.GetConfig("akka.actor.deployment").Root.GetObject().Items["/user/a.b"].GetObject().GetKey("router").GetString());
        Assert.Null(loaded.Root.Find("akka"));
    }

    [Fact]
    public void TheEffectiveConfigurationLoadsAsItself()
    {
        var loaded = HoconLoader.Load(null, ["classes=30"], Reference);

        var again = HoconLoader.LoadText(loaded.ToHocon(), "checkpoint");

        Assert.Equal(loaded.ToHocon(), again.ToHocon());
        Assert.True(loaded.Root.ContentEquals(again.Root));
    }

    private static string Fails(string file) => Assert.Throws<UserErrorException>(() => HoconLoader.Load(file, [], Reference)).Message;
}
