// A mistake in what the user gave (a file, a key, a value): one line that says what, where and what to write instead.
namespace XClassFlow.Data;

/// <summary>
/// Raised when the input or the configuration is wrong. The command prints <see cref="Exception.Message"/> as one line and exits with code 2;
/// anything else that escapes is a failure of the run (code 1).
/// </summary>
public sealed class UserErrorException : Exception
{
    /// <param name="what">What is wrong, with the offending value.</param>
    /// <param name="where">File, row or configuration path.</param>
    /// <param name="instead">What to write or do instead; may be empty where nothing better than the fact can be said.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public UserErrorException(string what, string where, string instead = "", Exception? inner = null)
        : base(Compose(what, where, instead), inner)
    {
        What = what;
        Where = where;
        Instead = instead;
    }

    public string What { get; }

    public string Where { get; }

    public string Instead { get; }

    private static string Compose(string what, string where, string instead)
    {
        var line = $"{where}: {what}";
        if (instead.Length > 0)
        {
            line += $"; {instead}";
        }

        return line.ReplaceLineEndings(" ");
    }
}
