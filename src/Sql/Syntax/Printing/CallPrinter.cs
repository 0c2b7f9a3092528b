using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>Calls of functions, and windows.</summary>
internal sealed class CallPrinter(Printers printers)
{
    private readonly SqlText _text = printers.Text;

    public void Print(FunctionCall call)
    {
        _text.AddIf(call.Semantics == MatchSemantics.Running, "RUNNING ").AddIf(call.Semantics == MatchSemantics.Final, "FINAL ");
        Name(call.Name, IsPlain(call));
        _text.Add("(");
        if (call.HasStar)
        {
            if (call.StarOf is not null)
                _text.Add(call.StarOf).Add(".");
            _text.Add("*");
        }
        else
        {
            Arguments(call);
        }

        _text.Add(")");
        if (!call.WithinGroup.IsEmpty)
        {
            _text.Add(" WITHIN GROUP (ORDER BY ");
            printers.Expressions.Order(call.WithinGroup).Add(")");
        }

        if (call.Filter is not null)
        {
            _text.Add(" FILTER (WHERE ");
            printers.Expressions.Print(call.Filter);
            _text.Add(")");
        }

        _text.AddIf(call.Nulls == NullTreatment.Ignore, " IGNORE NULLS").AddIf(call.Nulls == NullTreatment.Respect, " RESPECT NULLS");
        if (call.Over is null)
            return;
        _text.Add(" OVER ");
        if (call.Over is WindowSpecification window)
            Window(window);
        else
            _text.Add(((NamedWindow)call.Over).Name);
    }

    /// <summary>The name of a function; some words are functions only with a grammar of their own, and names only in quotes.</summary>
    public void Name(QualifiedName name, bool isPlain)
    {
        Keyword word = name.Parts.Count == 1 ? Keywords.Find(name.Last.Name) : Keyword.None;
        bool isSpecial = word is Keyword.Extract or Keyword.Substring or Keyword.Overlay && isPlain;
        bool isOrdinary = word is Keyword.Coalesce or Keyword.Greatest or Keyword.Least or Keyword.Nullif or Keyword.Grouping;
        if (isSpecial || isOrdinary || (SqlText.IsName(name.Last.Name) && word != Keyword.None && Keywords.IsFunctionName(word)
            && Keywords.IsColumnName(word)))
            _text.Add(name.Last.Name);
        else
            _text.Add(name);
    }

    public void Window(WindowSpecification window)
    {
        _text.Add("(");
        string space = "";
        if (window.Base is not null)
        {
            _text.Add(window.Base);
            space = " ";
        }

        if (!window.PartitionBy.IsEmpty)
        {
            _text.Add(space).Add("PARTITION BY ");
            printers.Expressions.List(window.PartitionBy);
            space = " ";
        }

        if (!window.OrderBy.IsEmpty)
        {
            _text.Add(space).Add("ORDER BY ");
            printers.Expressions.Order(window.OrderBy);
            space = " ";
        }

        if (window.Frame is not null)
        {
            _text.Add(space);
            Frame(window.Frame);
        }

        _text.Add(")");
    }

    /// <summary>Nothing but arguments by position, which is what a function with a grammar of its own takes.</summary>
    private static bool IsPlain(FunctionCall call) =>
        call.Arguments.Count >= 2 && call.Semantics == MatchSemantics.Unsaid && call == new FunctionCall(call.Name, call.Arguments)
        && call.Arguments.All(argument => argument.Name is null);

    private void Arguments(FunctionCall call)
    {
        _text.AddIf(call.IsDistinct, "DISTINCT ");
        for (int at = 0; at < call.Arguments.Count; at++)
        {
            Argument argument = call.Arguments[at];
            _text.AddIf(at > 0, ", ").AddIf(call.IsVariadic && at == call.Arguments.Count - 1, "VARIADIC ");
            if (argument.Name is not null)
                _text.Add(argument.Name).Add(" => ");
            printers.Expressions.Print(argument.Value);
        }

        if (call.OrderBy.IsEmpty)
            return;
        _text.Add(" ORDER BY ");
        printers.Expressions.Order(call.OrderBy);
    }

    private void Frame(WindowFrame frame)
    {
        _text.Add(frame.Unit.ToString().ToUpperInvariant()).Add(frame.End is null ? " " : " BETWEEN ");
        Bound(frame.Start);
        if (frame.End is not null)
        {
            _text.Add(" AND ");
            Bound(frame.End);
        }

        _text.Add(frame.Exclusion switch
        {
            FrameExclusion.CurrentRow => " EXCLUDE CURRENT ROW",
            FrameExclusion.Group => " EXCLUDE GROUP",
            FrameExclusion.Ties => " EXCLUDE TIES",
            FrameExclusion.NoOthers => " EXCLUDE NO OTHERS",
            _ => "",
        });
    }

    private void Bound(FrameBound bound)
    {
        if (bound.Offset is not null)
            printers.Expressions.Print(bound.Offset);
        _text.Add(bound.Kind switch
        {
            FrameBoundKind.UnboundedPreceding => "UNBOUNDED PRECEDING",
            FrameBoundKind.Preceding => " PRECEDING",
            FrameBoundKind.CurrentRow => "CURRENT ROW",
            FrameBoundKind.Following => " FOLLOWING",
            _ => "UNBOUNDED FOLLOWING",
        });
    }
}
