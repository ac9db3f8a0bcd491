// A file could not be written (disk full, device error, permission): a failure of the run, not of its input.
namespace XClassFlow.Data;

/// <summary>The message says which file and why.</summary>
public class OutputException : RunFailureException
{
    /// <param name="path">What could not be written.</param>
    /// <param name="inner">The cause.</param>
    public OutputException(string path, Exception inner)
        : this(path, $"{path}: cannot be written: {inner.Message.TrimEnd('.')}", inner)
    {
    }

    /// <param name="path">What could not be written.</param>
    /// <param name="message">What to say.</param>
    /// <param name="inner">The cause.</param>
    protected OutputException(string path, string message, Exception inner)
        : base(message, inner) => Path = path;

    /// <summary>File or directory that could not be written.</summary>
    public string Path { get; }

    /// <summary>Does something that writes to <paramref name="path"/>.</summary>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, e);
        }
        catch (Exception e) when (FileTooLarge.Is(e))
        {
            throw new OutputException(path, FileTooLarge.Of(e));
        }
    }
}
