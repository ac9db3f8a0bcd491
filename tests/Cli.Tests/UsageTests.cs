// Mistakes on the command line: one line, exit code 2.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Tests;

public sealed class UsageTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("", "Required command was not provided; see xclassflow --help")]
    [InlineData("trian", "unknown command 'trian'; did you mean 'train'? known commands: train, plan, node, cluster, eval, predict, import, graph, replay, report, bench, config, version; see xclassflow --help")]
    [InlineData("train", "Option '--config' is required; see xclassflow train --help")]
    [InlineData("train -c", "Required argument missing for option: '-c'; see xclassflow train --help")]
    [InlineData("train -c a.conf --reprot x", "unknown option '--reprot'; did you mean '--report'? known options: ")]
    [InlineData("train -c a.conf extra", "unknown argument 'extra'; see xclassflow train --help")]
    [InlineData("train -c a.conf --progress loud", "--progress 'loud' is none of auto, live, plain, none; see xclassflow train --help")]
    [InlineData("train -c a.conf --progress-every often", "--progress-every 'often' is not a number of seconds; see xclassflow train --help")]
    [InlineData("eval --data x", "Option '--checkpoint' is required; see xclassflow eval --help")]
    [InlineData("predict --checkpoint c --data d --out o --top 0", "--top '0' is not a whole number above 0; see xclassflow predict --help")]
    [InlineData("predict --checkpoint c --data d --out o --top many", "--top 'many' is not a whole number above 0; see xclassflow predict --help")]
    [InlineData("replay", "Required argument missing for command: 'replay'; see xclassflow replay --help")]
    [InlineData("replay r --rank -1", "--rank '-1' is not a rank: a whole number from 0; see xclassflow replay --help")]
    [InlineData("replay r --tolerance x", "--tolerance 'x' is not a number from 0, such as 1e-6; see xclassflow replay --help")]
    [InlineData("import", "Required command was not provided; see xclassflow import --help")]
    [InlineData("import idx --images i --labels l --out o --classes 0", "--classes '0' is not a whole number above 0; see xclassflow import idx --help")]
    [InlineData("import csv", "unknown command 'csv'; known commands: idx, images, glyphs; see xclassflow import --help")]
    [InlineData("import glyphs", "neither --out nor --list: say where to write; see xclassflow import glyphs --help")]
    [InlineData("import glyphs --out o --test-out t", "--test-out without --hold-out: say which fonts are held out; see xclassflow import glyphs --help")]
    [InlineData("import glyphs --out o --size 0", "--size '0' is not a whole number above 0; see xclassflow import glyphs --help")]
    [InlineData("import glyphs --list --fonts", "Required argument missing for option: '--fonts'; see xclassflow import glyphs --help")]
    [InlineData("import images d --out o --size 64", "--size '64' is not HEIGHTxWIDTH, such as 64x64; see xclassflow import images --help")]
    [InlineData("import images d --out o --size 0x9", "--size '0x9' is not HEIGHTxWIDTH, such as 64x64; see xclassflow import images --help")]
    [InlineData("import images d --out o --store png", "--store 'png' is neither raw nor encoded; see xclassflow import images --help")]
    [InlineData("import images d --out o --test-out t", "--test-out without --test-every: say how many samples are held out; see xclassflow import images --help")]
    [InlineData("bench ladder --nodes 2,two", "--nodes: 'two' is no number from 1 to 64; write numbers with commas between them, such as --nodes 2,4")]
    [InlineData("bench ladder --links wire", "Argument 'wire' not recognized. Must be one of:")]
    [InlineData("bench ladder --megabits 0", "--megabits: '0' is no number from 1 to 1000000; ")]
    [InlineData("bench ladder --steps 0", "--steps '0' is not a whole number above 0; see xclassflow bench ladder --help")]
    [InlineData("config", "Required command was not provided; see xclassflow config --help")]
    public async Task AMistakeIsOneLine(string args, string message)
    {
        var code = await cli.RunAsync(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.StartsWith($"xclassflow: {message}", cli.Error, StringComparison.Ordinal);
        Assert.Single(cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", cli.Out);
        Assert.Equal(2, code);
        Assert.Null(cli.Runs.Options);
    }

    [Theory]
    [InlineData("--help", "train")]
    [InlineData("train --help", "--report-losses")]
    [InlineData("import idx --help", "--test-every")]
    public async Task HelpIsPrinted(string args, string expected)
    {
        Assert.Equal(0, await cli.RunAsync(args.Split(' ')));
        Assert.Contains(expected, cli.Out, StringComparison.Ordinal);
        Assert.Equal("", cli.Error);
    }

    [Fact]
    public async Task OptionsReachTheRuns()
    {
        var config = cli.Write("a.conf", "xclassflow.head.scale = 32");
        await cli.RunAsync("train", "-c", config, "--set", "head.margin=0.3", "--set", "classes=20", "--checkpoint", "ck", "--resume", "--report-losses", "--progress", "none");

        var train = Assert.IsType<TrainOptions>(cli.Runs.Options);
        Assert.Equal("classes = 20|head {|  margin = 0.3|  scale = 32|}|", train.Configuration.Root.ToHocon().Replace('\n', '|'));
        Assert.Equal(("ck", true, true), (train.Checkpoint, train.Resume, train.ReportLosses));

        await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d");
        Assert.Equal(new EvaluateOptions("c", "d"), cli.Runs.Options);
        await cli.RunAsync("predict", "--checkpoint", "c", "--data", "d", "--out", "o");
        Assert.Equal(new PredictOptions("c", "d", "o", 5), cli.Runs.Options);
        await cli.RunAsync("replay", "r", "--stage", "head", "--rank", "0", "--tolerance", "1e-6");
        Assert.Equal(new ReplayOptions("r", "head", 0, 1e-6), cli.Runs.Options);
        Assert.Equal("", cli.Error);
    }

    [Fact]
    public async Task OptionsReachTheImporters()
    {
        Assert.Equal(0, await cli.RunAsync("import", "idx", "--images", "i", "--labels", "l", "--out", "a.arrow"));
        Assert.Equal(new ImportIdxOptions("i", "l", "a.arrow", null, null), cli.Imports.Options);
        Assert.Equal("a.arrow: 60,000 samples of 10 classes\n", cli.Out);

        await cli.RunAsync("import", "idx", "--images", "i", "--labels", "l", "--out", "a.arrow", "--classes", "12", "--class-names", "n.tsv");
        Assert.Equal(new ImportIdxOptions("i", "l", "a.arrow", null, null, 12, "n.tsv"), cli.Imports.Options);

        await cli.RunAsync("import", "images", "dir", "--out", "a.arrow", "--test-every", "10", "--size", "28x32", "--grey", "--store", "encoded");
        Assert.Equal(new ImportImagesOptions("dir", "a.arrow", 10, "a.test.arrow", new ImageSize(28, 32), true, true), cli.Imports.Options);
        Assert.EndsWith("a.test.arrow: 6,000 samples held out\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FontsReachTheImporter()
    {
        Assert.Equal(0, await cli.RunAsync(
            "import", "glyphs", "--out", "a.arrow", "--fonts", "x", "y", "--hold-out", "Kai", "--hold-out", "Some Sans", "--leave-out", "Mono", "--blocks", "ext-b", "--size", "64", "--min-fonts", "3", "--limit", "9"));
        var options = Assert.IsType<ImportGlyphsOptions>(cli.Imports.Options);
        Assert.Equal(("a.arrow", "a.test.arrow", 64, 3, 9), (options.Out, options.TestOut, options.Size, options.MinFonts, options.Limit));
        Assert.Equal(["x", "y", "|", "Kai", "Some Sans", "|", "Mono", "|", "ext-b"], [.. options.Fonts, "|", .. options.HoldOut, "|", .. options.LeaveOut, "|", .. options.Blocks]);
        Assert.Equal("a.arrow: 60,000 samples of 10 classes\na.test.arrow: 6,000 samples held out\n", cli.Out);
    }

    [Fact]
    public async Task FontsAreListed()
    {
        Assert.Equal(0, await cli.RunAsync("import", "glyphs", "--list"));
        var options = Assert.IsType<ImportGlyphsOptions>(cli.Imports.Options);
        Assert.Equal((null, 32, 1, null, 0, 0), (options.TestOut, options.Size, options.MinFonts, options.Limit, options.Fonts.Count, options.HoldOut.Count));
        Assert.Equal(["unified", "ext-a"], options.Blocks);
        Assert.Equal("characters\tsamples\tset\tfont\tfile\n20902\t17\ttest\tSome Kai 700\t/f/a.ttc:1\n20,902 classes; 3 more faces have none of the characters\n", cli.Out);
    }

    [Fact]
    public async Task TheEffectiveConfigurationIsShown()
    {
        Assert.Equal(0, await cli.RunAsync("config", "show", "--set", "head.scale=64"));
        Assert.Equal("akka {|  loglevel = INFO|}|xclassflow {|  classes = 10|  head {|    margin = 0|    scale = 64|  }|}|", cli.Out.Replace('\n', '|'));
    }

    [Fact]
    public async Task ASecretIsNotShownWithTheEffectiveConfiguration()
    {
        Assert.Equal(0, await cli.RunAsync("config", "show", "--set", "cluster.security={ secret = hush, tls.enabled = on }"));
        Assert.Contains("    security {\n      secret = \"***\"\n      tls {\n        enabled = on\n", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VersionsAreShown()
    {
        Assert.Equal(0, await cli.RunAsync("version"));
        Assert.Contains("xclassflow 0.1.0\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("akka 1.5.74\n", cli.Out, StringComparison.Ordinal);
    }
}
