// What .NET makes of EFBIG: the file would be larger than the process or the file system allows.
namespace XClassFlow.Data;

/// <summary>Recognises it among other exceptions and gives it the words of the system; .NET calls it an argument out of range.</summary>
internal static class FileTooLarge
{
    /// <summary>Whether a write failed of it.</summary>
    public static bool Is(Exception e) => e is ArgumentOutOfRangeException && e.TargetSite?.DeclaringType == typeof(RandomAccess);

    /// <summary>The failure as a full disk's would look.</summary>
    public static IOException Of(Exception e) => new("File too large", e);
}
