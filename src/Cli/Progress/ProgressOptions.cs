// The options that choose the display.
using System.CommandLine;
using System.Globalization;

namespace XClassFlow.Cli.Progress;

/// <summary>The options --progress and --progress-every.</summary>
internal sealed class ProgressOptions
{
    private static readonly string[] Kinds = ["auto", "live", "plain", "none"];

    private readonly Option<string> kind = new("--progress")
    {
        HelpName = string.Join('|', Kinds),
        Description = "A live table, plain lines or nothing; auto is live on a terminal.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<double> every = new("--progress-every")
    {
        HelpName = "SECONDS",
        Description = "Time between plain lines (5).",
        DefaultValueFactory = _ => 5,
    };

    public void AddTo(Command command)
    {
        kind.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Kinds.Contains(token.Value))
            {
                result.AddError($"--progress '{token.Value}' is none of {string.Join(", ", Kinds)}");
            }
        });
        every.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6))
            {
                result.AddError($"--progress-every '{token.Value}' is not a number of seconds");
            }
        });
        command.Add(kind);
        command.Add(every);
    }

    /// <summary>The display the user asked for; live falls back to plain where stdout is no terminal.</summary>
    public IProgressDisplay Display(ParseResult parse, CommandServices services) => (parse.GetRequiredValue(kind), services.Terminal) switch
    {
        ("none", _) => new NoDisplay(),
        ("auto" or "live", { } terminal) => new LiveDisplay(terminal, services.Time, services.Interrupts),
        _ => new PlainDisplay(services.Out, services.Time, TimeSpan.FromSeconds(parse.GetValue(every)), services.Interrupts),
    };
}
