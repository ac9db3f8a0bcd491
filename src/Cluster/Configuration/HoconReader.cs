// Reads HOCON text strictly: everything Akka's parser would silently drop or misread is an error with its line.
using System.Text;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Configuration;

/// <summary>
/// A recursive-descent reader of the part of HOCON that means the same everywhere. It refuses <c>${?x}</c>, <c>+=</c>, includes other than
/// <c>include "file"</c>, unbalanced braces, unterminated strings, keys without a value and two values on a line.
/// </summary>
/// <param name="source">The document.</param>
/// <param name="include">Reads an included document: its name as written and the place of the include.</param>
internal sealed class HoconReader(HoconSource source, Func<string, HoconOrigin, HoconObject> include)
{
    private const int Deepest = 64;
    private readonly HoconCursor at = new(source);
    private int depth;

    /// <summary>The whole document: a block, with or without its outermost braces.</summary>
    /// <exception cref="UserErrorException">The first mistake, in one line.</exception>
    public HoconObject ReadDocument()
    {
        at.SkipBlank();
        var braced = at.Current == '{';
        if (at.Current == '[')
        {
            throw at.Error("the document is a list", "write keys: xclassflow { ... }");
        }

        HoconObject document;
        if (braced)
        {
            document = ReadBlock();
        }
        else
        {
            document = new HoconObject(at.Origin);
            ReadMembers(document, null);
        }

        at.SkipBlank();
        return at.AtEnd ? document : throw Unexpected();
    }

    /// <summary>A key path that is the whole text.</summary>
    public string[] ReadWholePath()
    {
        at.SkipSpace();
        var path = ReadPath("=");
        return at.AtEnd ? path : throw at.Error($"'{at.Current}' cannot stand in a key", "quote the key");
    }

    /// <summary>A value that is the whole text.</summary>
    public HoconValue ReadWholeValue()
    {
        at.SkipBlank();
        var value = ReadValue("the value");
        at.SkipBlank();
        return at.AtEnd ? value : throw at.Error($"'{at.Current}' after the value", "write a list in brackets [a, b] and a text with commas in quotes");
    }

    private HoconObject ReadBlock()
    {
        var block = new HoconObject(at.Origin);
        Enter();
        at.Next();
        ReadMembers(block, block.Origin);
        at.Next();
        depth--;
        return block;
    }

    // Stops at the closing brace (not consumed), or at the end of the document where no brace is open.
    private void ReadMembers(HoconObject block, HoconOrigin? opened)
    {
        while (true)
        {
            at.SkipBlank();
            if (at.AtEnd)
            {
                if (opened is { } open)
                {
                    throw new UserErrorException("this '{' is never closed", open.ToString(), "add the missing '}'");
                }

                return;
            }

            if (at.Current == '}' && opened is not null)
            {
                return;
            }

            if (at.Current == ']' && opened is { } brace)
            {
                throw at.Error($"']' where the '{{' of line {brace.Line} is open", "close it with '}'");
            }

            if (at.Current is '}' or ']')
            {
                throw at.Error($"this '{at.Current}' closes nothing", "remove it, or look for a brace that was closed too early");
            }

            if (!TryReadInclude(block))
            {
                ReadMember(block);
            }

            EndOfItem('}');
        }
    }

    private void ReadMember(HoconObject block)
    {
        var path = ReadPath("= or {");
        var key = string.Join('.', path.Select(ConfigPath.Quote));
        at.SkipSpace();
        if (at.Current == '+' && at.Peek == '=')
        {
            throw at.Error($"'+=' at the key '{key}' is not supported", $"write the whole list: {key} = [...]");
        }

        if (at.Current is '=' or ':')
        {
            at.Next();
            at.SkipSpace();
        }
        else if (!at.LookPastBlank('{'))
        {
            throw at.Error($"the key '{key}' has no value", $"write {key} = VALUE");
        }

        if (at.LookPastBlank('{') || at.LookPastBlank('['))
        {
            at.SkipBlank();
        }

        block.Put(path, ReadValue($"the key '{key}'"));
    }

    private bool TryReadInclude(HoconObject block)
    {
        if (!at.StartsWith("include") || !(at.PeekAt(7) is ' ' or '\t' or '"') || at.LookPastSpace(7) is '=' or ':' or '{')
        {
            return false;
        }

        var origin = at.Origin;
        at.Skip(7);
        at.SkipSpace();
        if (at.Current != '"')
        {
            throw at.Error("only include \"file\" is supported", "write the name of a file in quotes, relative to this one");
        }

        block.Merge(include(at.ReadQuoted(), origin));
        return true;
    }

    private string[] ReadPath(string expected)
    {
        var segments = new List<string>();
        while (true)
        {
            segments.Add(ReadKey(expected));
            if (at.Current != '.')
            {
                return [.. segments];
            }

            at.Next();
        }
    }

    private string ReadKey(string expected)
    {
        if (at.Current == '"')
        {
            return at.ReadQuoted();
        }

        var key = new StringBuilder();
        while (!at.AtEnd && at.Current != '.' && HoconCursor.IsKeyCharacter(at.Current))
        {
            key.Append(at.Current);
            at.Next();
        }

        if (key.Length > 0)
        {
            return key.ToString();
        }

        throw at.AtEnd
            ? at.Error("the key is not finished", "write a name after the dot")
            : at.Error($"'{at.Current}' where a key is expected", $"write KEY {expected}, and quote a key with special characters");
    }

    private HoconValue ReadValue(string owner)
    {
        var origin = at.Origin;
        var parts = new List<HoconValue>();
        while (true)
        {
            var space = at.SkipSpace();
            if (at.AtEnd || at.AtNewLine || at.AtComment || at.Current is ',' or '}' or ']')
            {
                break;
            }

            if (space.Length > 0 && parts.Count > 0)
            {
                parts.Add(new HoconScalar(at.Origin, space, Blank: true));
            }

            parts.Add(ReadPart());
        }

        return parts switch
        {
            [] => throw new UserErrorException($"{owner} has no value", origin.ToString(), "write a value, \"\" for the empty text, or null"),
            [var only] => only,
            _ when parts.TrueForAll(p => p is HoconScalar) => new HoconScalar(origin, string.Concat(parts.Select(p => ((HoconScalar)p).Text ?? "null"))),
            _ => new HoconParts(origin, parts),
        };
    }

    private HoconValue ReadPart() => at.Current switch
    {
        '{' => ReadBlock(),
        '[' => ReadList(),
        '"' => new HoconScalar(at.Origin, at.StartsWith("\"\"\"") ? at.ReadTripleQuoted() : at.ReadQuoted()),
        '$' => ReadReference(),
        _ => ReadUnquoted(),
    };

    private HoconArray ReadList()
    {
        var origin = at.Origin;
        var items = new List<HoconValue>();
        Enter();
        at.Next();
        at.SkipBlank();
        while (at.Current != ']')
        {
            if (at.AtEnd)
            {
                throw new UserErrorException("this '[' is never closed", origin.ToString(), "add the missing ']'");
            }

            if (at.Current == '}')
            {
                throw at.Error($"'}}' where the '[' of line {origin.Line} is open", "close it with ']'");
            }

            items.Add(ReadValue("an item of the list"));
            EndOfItem(']');
            at.SkipBlank();
        }

        at.Next();
        depth--;
        return new HoconArray(origin, items);
    }

    private HoconReference ReadReference()
    {
        var origin = at.Origin;
        if (at.StartsWith("${?"))
        {
            throw at.Error("'${?' is not supported: the keys after it would be lost", "give values from outside with --set path=value");
        }

        if (!at.StartsWith("${"))
        {
            throw at.Error("'$' outside of quotes", "quote the value, or write ${path}");
        }

        at.Skip(2);
        at.SkipSpace();
        var path = ReadPath("}");
        at.SkipSpace();
        if (at.Current != '}')
        {
            throw at.Error("the substitution is never closed", "write ${path}");
        }

        at.Next();
        return new HoconReference(origin, path);
    }

    private HoconScalar ReadUnquoted()
    {
        var origin = at.Origin;
        var text = at.ReadUnquoted();
        return new HoconScalar(origin, text == "null" ? null : text);
    }

    // After a value: a comma, a new line, a comment, the closing bracket or the end.
    private void EndOfItem(char closing)
    {
        at.SkipSpace();
        if (at.Current == ',')
        {
            at.Next();
            at.SkipBlank();
            if (at.Current == ',')
            {
                throw at.Error("two commas", "remove one");
            }
        }
        else if (!at.AtEnd && !at.AtNewLine && !at.AtComment && at.Current != closing && at.Current is not ('}' or ']'))
        {
            throw Unexpected();
        }
    }

    private void Enter()
    {
        if (++depth > Deepest)
        {
            throw at.Error($"more than {Deepest} braces and brackets inside each other", "write it flatter");
        }
    }

    private UserErrorException Unexpected() => at.Current is '}' or ']'
        ? at.Error($"this '{at.Current}' closes nothing", "remove it, or look for a brace that was closed too early")
        : at.Error($"'{at.Current}' is not expected here", "start the next key on a new line");
}
