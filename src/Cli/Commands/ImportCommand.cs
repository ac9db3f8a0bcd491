// xclassflow import idx|images|glyphs
using System.CommandLine;
using System.Globalization;

namespace XClassFlow.Cli.Commands;

internal static class ImportCommand
{
    public static Command Create(CommandServices services) =>
        new("import", "Makes Arrow data sets of other formats.") { Idx(services), Images(services), ImportGlyphsCommand.Create(services) };

    private static Command Idx(CommandServices services)
    {
        var images = CommonOptions.Required("--images", "FILE", "The idx file of pictures.");
        var labels = CommonOptions.Required("--labels", "FILE", "The idx file of labels.");
        var classes = CommonOptions.Count("--classes", "N", "Number of classes (the largest label + 1); for a test set that lacks the last ones.");
        var names = CommonOptions.Optional("--class-names", "FILE", "A text of lines label, tab, name; kept beside the result as NAME.classes.tsv.");
        var split = new SplitOptions();
        var command = new Command("idx", "Imports the format of MNIST.") { images, labels, classes, names };
        split.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new ImportIdxOptions(
                parse.GetRequiredValue(images), parse.GetRequiredValue(labels), split.Out(parse), split.TestEvery(parse), split.TestOut(parse),
                parse.GetValue(classes), parse.GetValue(names));
            return await SayAsync(services, options.Out, options.TestOut, await services.Imports.ImportIdxAsync(options, stop));
        });
        return command;
    }

    private static Command Images(CommandServices services)
    {
        var directory = new Argument<string>("DIR") { Description = "A folder with one sub-folder of pictures per class." };
        var size = new Option<ImageSize?>("--size")
        {
            HelpName = "HxW",
            Description = "Scales every picture, such as 64x64.",
            CustomParser = result =>
            {
                var size = ImageSize.Parse(result.Tokens[0].Value);
                if (size is null)
                {
                    result.AddError($"--size '{result.Tokens[0].Value}' is not HEIGHTxWIDTH, such as 64x64");
                }

                return size;
            },
        };
        var grey = new Option<bool>("--grey") { Description = "One channel instead of three." };
        var store = new Option<string>("--store") { HelpName = "raw|encoded", Description = "Pixels (the default), or the files as they are.", DefaultValueFactory = _ => "raw" };
        store.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not ("raw" or "encoded"))
            {
                result.AddError($"--store '{token.Value}' is neither raw nor encoded");
            }
        });
        var split = new SplitOptions();
        var command = new Command("images", "Imports folders of pictures.") { directory, size, grey, store };
        split.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new ImportImagesOptions(
                parse.GetRequiredValue(directory), split.Out(parse), split.TestEvery(parse), split.TestOut(parse),
                parse.GetValue(size), parse.GetValue(grey), parse.GetValue(store) == "encoded");
            return await SayAsync(services, options.Out, options.TestOut, await services.Imports.ImportImagesAsync(options, stop));
        });
        return command;
    }

    /// <summary>Says what was written.</summary>
    internal static async Task<int> SayAsync(CommandServices services, string file, string? testFile, ImportOutcome outcome)
    {
        await services.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{file}: {outcome.Samples:N0} samples of {outcome.Classes:N0} classes"));
        if (testFile is not null)
        {
            await services.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{testFile}: {outcome.TestSamples:N0} samples held out"));
        }

        return ExitCodes.Done;
    }
}
