// The position in a HOCON text, and the words that can be read there.
using System.Globalization;
using System.Text;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Configuration;

/// <summary>Characters, lines, strings and unquoted words. The structure is the reader's.</summary>
internal sealed class HoconCursor(HoconSource source)
{
    private const string Reserved = "{}[],#\"$=`\\";
    private readonly string text = source.Text;
    private int position;
    private int line = 1;

    public bool AtEnd => position >= text.Length;

    /// <summary>The character here; NUL at the end.</summary>
    public char Current => PeekAt(0);

    public char Peek => PeekAt(1);

    public bool AtNewLine => Current is '\n' or '\r';

    public bool AtComment => Current == '#' || (Current == '/' && Peek == '/');

    public HoconOrigin Origin => new(source.Name, source.HasLines ? line : 0);

    /// <summary>Letters, digits, and the few signs that no reader of HOCON takes for something else.</summary>
    public static bool IsKeyCharacter(char c) => char.IsLetterOrDigit(c) || c is '-' or '_';

    public char PeekAt(int ahead) => position + ahead < text.Length ? text[position + ahead] : '\0';

    public bool StartsWith(string word) => string.CompareOrdinal(text, position, word, 0, word.Length) == 0;

    public void Next()
    {
        if (Current == '\n')
        {
            line++;
        }

        position++;
    }

    public void Skip(int characters)
    {
        for (var i = 0; i < characters; i++)
        {
            Next();
        }
    }

    /// <summary>Skips spaces and tabs and returns them.</summary>
    public string SkipSpace()
    {
        var start = position;
        while (!AtEnd && !AtNewLine && IsSpace(Current))
        {
            position++;
        }

        return text[start..position];
    }

    /// <summary>Skips spaces, new lines and comments.</summary>
    public void SkipBlank()
    {
        while (!AtEnd)
        {
            if (AtComment)
            {
                SkipLine();
            }
            else if (AtNewLine || IsSpace(Current))
            {
                Next();
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Whether the next character that is neither space, new line nor comment is <paramref name="wanted"/>.</summary>
    public bool LookPastBlank(char wanted)
    {
        var (savedPosition, savedLine) = (position, line);
        SkipBlank();
        var found = !AtEnd && Current == wanted;
        (position, line) = (savedPosition, savedLine);
        return found;
    }

    /// <summary>The first character that is no space, from <paramref name="ahead"/> on.</summary>
    public char LookPastSpace(int ahead)
    {
        while (PeekAt(ahead) is ' ' or '\t')
        {
            ahead++;
        }

        return PeekAt(ahead);
    }

    /// <summary>A string in quotes with the escapes of JSON.</summary>
    public string ReadQuoted()
    {
        var opened = Origin;
        var value = new StringBuilder();
        Next();
        while (Current != '"' || AtEnd)
        {
            if (AtEnd || AtNewLine)
            {
                throw new UserErrorException("this string is never closed", opened.ToString(), "add the missing \"");
            }

            value.Append(Current == '\\' ? ReadEscape() : Current);
            Next();
        }

        Next();
        return value.ToString();
    }

    /// <summary>A string in three quotes: no escapes, new lines are its own; extra quotes at its end belong to it.</summary>
    public string ReadTripleQuoted()
    {
        var opened = Origin;
        Skip(3);
        var start = position;
        while (!StartsWith("\"\"\""))
        {
            if (AtEnd)
            {
                throw new UserErrorException("this \"\"\" is never closed", opened.ToString(), "add the missing \"\"\"");
            }

            Next();
        }

        while (PeekAt(3) == '"')
        {
            Next();
        }

        var value = text[start..position];
        Skip(3);
        return value;
    }

    /// <summary>An unquoted word: up to a space, a separator, a quote, a substitution or a comment.</summary>
    public string ReadUnquoted()
    {
        var start = position;
        while (!AtEnd && !AtNewLine && !IsSpace(Current) && !AtComment && !Reserved.Contains(Current, StringComparison.Ordinal))
        {
            if (Current == ':' && (PeekAt(1) is ' ' or '\t' or '\n' or '\r' or '\0' || (PeekAt(1) == '/' && PeekAt(2) == '/')))
            {
                throw Error("':' in a value without quotes", "quote the value, or start the next key on a new line");
            }

            position++;
        }

        if (position == start)
        {
            throw Current == '='
                ? Error("a second '=' on the line", "start the next key on a new line, or quote the value")
                : Error($"'{Current}' in a value without quotes", "quote the value");
        }

        return text[start..position];
    }

    public UserErrorException Error(string what, string instead) => new(what, Origin.ToString(), instead);

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c == '\ufeff';

    private void SkipLine()
    {
        while (!AtEnd && !AtNewLine)
        {
            position++;
        }
    }

    // Stands at the backslash; leaves the cursor at the escape's last character.
    private char ReadEscape()
    {
        Next();
        switch (Current)
        {
            case '"' or '\\' or '/':
                return Current;
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when position + 4 < text.Length
                && ushort.TryParse(text.AsSpan(position + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                position += 4;
                return (char)code;
            default:
                throw Error($"'\\{(AtEnd || AtNewLine ? "" : Current)}' in a string is no escape", "write \\\\ for a backslash");
        }
    }
}
