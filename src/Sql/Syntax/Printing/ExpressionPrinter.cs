using ActorStreams.Sql.Syntax.Parsing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>Expressions, with no more brackets than they need.</summary>
internal sealed class ExpressionPrinter(Printers printers)
{
    private readonly SqlText _text = printers.Text;

    /// <summary>In brackets if it binds looser than its place needs.</summary>
    public void Print(Expression expression, int minimum = Precedence.Any)
    {
        bool isBracketed = PrecedenceOf(expression) < minimum;
        _text.AddIf(isBracketed, "(");
        Bare(expression);
        _text.AddIf(isBracketed, ")");
    }

    public SqlText List(SyntaxList<Expression> list) => _text.Join(list, ", ", item => Print(item));

    public SqlText Order(SyntaxList<OrderItem> items) => _text.Join(items, ", ", item =>
    {
        Print(item.Value);
        _text.AddIf(item.IsDescending, " DESC").AddIf(item.Nulls == NullOrder.First, " NULLS FIRST").AddIf(item.Nulls == NullOrder.Last,
            " NULLS LAST");
    });

    private static int PrecedenceOf(Expression expression) => expression switch
    {
        LogicalOperation logical => logical.IsAnd ? Precedence.And : Precedence.Or,
        Negation => Precedence.Not,
        IsTest or DistinctTest => Precedence.Is,
        BetweenTest or InList or InQuery or LikeTest => Precedence.Membership,
        BinaryOperation binary => Precedence.Of(binary.Operator),
        QuantifiedTest quantified => Precedence.Of(quantified.Operator),
        UnaryOperation { Operator: "+" or "-" } => Precedence.Sign,
        UnaryOperation => Precedence.Other,
        AtTimeZone => Precedence.At,
        Collation => Precedence.Collate,
        _ => Precedence.Operand,
    };

    private void Bare(Expression expression)
    {
        switch (expression)
        {
            case NullLiteral:
                _text.Add("NULL");
                break;
            case BooleanLiteral boolean:
                _text.Add(boolean.Value ? "TRUE" : "FALSE");
                break;
            case NumberLiteral number:
                _text.Add(number.Text);
                break;
            case StringLiteral text:
                _text.AddString(text.Value);
                break;
            case BitStringLiteral bits:
                _text.Add(bits.Digits[..1]).AddString(bits.Digits[1..]);
                break;
            case TypedLiteral typed:
                Typed(typed);
                break;
            case ParameterReference parameter:
                _text.Add($"${parameter.Number}");
                break;
            case ColumnReference column:
                _text.Join(column.Parts, ".", part => _text.Add(part));
                break;
            case CurrentValue current:
                _text.Add(current.Name.ToUpperInvariant()).AddIf(current.Precision is not null, $"({current.Precision})");
                break;
            case DefaultValue:
                _text.Add("DEFAULT");
                break;
            case FunctionCall call:
                printers.Calls.Print(call);
                break;
            case CaseExpression choice:
                Case(choice);
                break;
            case Cast cast:
                _text.Add("CAST(");
                Print(cast.Operand);
                _text.Add(" AS ").Add(cast.Type).Add(")");
                break;
            case ScalarSubquery scalar:
                Query(scalar.Query);
                break;
            case ArraySubquery array:
                _text.Add("ARRAY");
                Query(array.Query);
                break;
            case ExistsTest exists:
                _text.Add("EXISTS ");
                Query(exists.Query);
                break;
            case ArrayConstructor array:
                _text.Add("ARRAY[");
                List(array.Items).Add("]");
                break;
            case RowConstructor row:
                _text.Add("ROW(");
                List(row.Items).Add(")");
                break;
            case Subscript subscript:
                Element(subscript.Operand);
                _text.Add("[");
                Print(subscript.Index);
                _text.Add("]");
                break;
            case ArraySlice slice:
                Slice(slice);
                break;
            case FieldSelection field:
                _text.Add("(");
                Print(field.Operand);
                _text.Add(").").Add(field.Field);
                break;
            default:
                Operation(expression);
                break;
        }
    }

    private void Operation(Expression expression)
    {
        switch (expression)
        {
            case UnaryOperation unary:
                Unary(unary);
                break;
            case BinaryOperation binary:
                Binary(binary);
                break;
            case Negation negation:
                _text.Add("NOT ");
                Print(negation.Operand, Precedence.Not);
                break;
            case LogicalOperation logical:
                string between = logical.IsAnd ? " AND " : " OR ";
                _text.Join(logical.Operands, between, operand => Print(operand, (logical.IsAnd ? Precedence.And : Precedence.Or) + 1));
                break;
            case IsTest test:
                Print(test.Operand, Precedence.Is);
                _text.Add(test.IsNegated ? " IS NOT " : " IS ").Add(test.What.ToString().ToUpperInvariant());
                break;
            case DistinctTest test:
                Print(test.Left, Precedence.Is);
                _text.Add(test.IsNegated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ");
                Print(test.Right, Precedence.Is + 1);
                break;
            case QuantifiedTest test:
                Quantified(test);
                break;
            case AtTimeZone zoned:
                Print(zoned.Operand, Precedence.At);
                _text.Add(zoned.Zone is null ? " AT LOCAL" : " AT TIME ZONE ");
                if (zoned.Zone is not null)
                    Print(zoned.Zone, Precedence.At + 1);
                break;
            case Collation collation:
                Print(collation.Operand, Precedence.Collate);
                _text.Add(" COLLATE ").Add(collation.Name);
                break;
            default:
                Membership(expression);
                break;
        }
    }

    private void Membership(Expression expression)
    {
        const int Inner = Precedence.Membership + 1;
        switch (expression)
        {
            case BetweenTest test:
                Print(test.Operand, Inner);
                _text.AddIf(test.IsNegated, " NOT").Add(" BETWEEN ").AddIf(test.IsSymmetric, "SYMMETRIC ");
                Print(test.Low, Inner);
                _text.Add(" AND ");
                Print(test.High, Inner);
                break;
            case InList test:
                Print(test.Operand, Inner);
                _text.AddIf(test.IsNegated, " NOT").Add(" IN (");
                List(test.Items).Add(")");
                break;
            case InQuery test:
                Print(test.Operand, Inner);
                _text.AddIf(test.IsNegated, " NOT").Add(" IN ");
                Query(test.Query);
                break;
            case LikeTest test:
                Print(test.Operand, Inner);
                _text.AddIf(test.IsNegated, " NOT").Add(test.Kind switch
                {
                    LikeKind.Like => " LIKE ",
                    LikeKind.Ilike => " ILIKE ",
                    _ => " SIMILAR TO ",
                });
                Print(test.Pattern, Inner);
                if (test.Escape is null)
                    break;
                _text.Add(" ESCAPE ");
                Print(test.Escape, Inner);
                break;
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} has no text.");
        }
    }

    /// <summary>Two signs in a row would be a comment.</summary>
    private void Unary(UnaryOperation unary)
    {
        bool isSign = unary.Operator is "+" or "-";
        _text.Add(unary.Operator).AddIf(!isSign || unary.Operand is UnaryOperation, " ");
        Print(unary.Operand, isSign ? Precedence.Sign : Precedence.Other + 1);
    }

    private void Binary(BinaryOperation binary)
    {
        int precedence = Precedence.Of(binary.Operator);
        Print(binary.Left, precedence == Precedence.Comparison ? precedence + 1 : precedence);
        _text.Add(" ").Add(binary.Operator).Add(" ");
        Print(binary.Right, precedence + 1);
    }

    private void Quantified(QuantifiedTest test)
    {
        int precedence = Precedence.Of(test.Operator);
        Print(test.Operand, precedence == Precedence.Comparison ? precedence + 1 : precedence);
        _text.Add(" ").Add(test.Operator).Add(test.IsAll ? " ALL " : " ANY ");
        if (test.Query is not null)
        {
            Query(test.Query);
            return;
        }

        _text.Add("(");
        Print(test.Array!);
        _text.Add(")");
    }

    private void Typed(TypedLiteral typed)
    {
        if (typed.Type.Fields is { } fields)
            _text.AddType(typed.Type.Name).Add(" ").AddString(typed.Value).Add(" ").Add(fields);
        else
            _text.Add(typed.Type).Add(" ").AddString(typed.Value);
    }

    private void Case(CaseExpression choice)
    {
        _text.Add("CASE");
        if (choice.Operand is not null)
        {
            _text.Add(" ");
            Print(choice.Operand);
        }

        foreach (CaseWhen when in choice.Whens)
        {
            _text.Add(" WHEN ");
            Print(when.Condition);
            _text.Add(" THEN ");
            Print(when.Result);
        }

        if (choice.Else is not null)
        {
            _text.Add(" ELSE ");
            Print(choice.Else);
        }

        _text.Add(" END");
    }

    private void Slice(ArraySlice slice)
    {
        Element(slice.Operand);
        _text.Add("[");
        if (slice.Low is not null)
            Print(slice.Low);
        _text.Add(":");
        if (slice.High is not null)
            Print(slice.High);
        _text.Add("]");
    }

    /// <summary>What square brackets follow.</summary>
    private void Element(Expression operand)
    {
        bool isBracketed = operand is not (ColumnReference or Subscript or ArraySlice);
        _text.AddIf(isBracketed, "(");
        Print(operand);
        _text.AddIf(isBracketed, ")");
    }

    private void Query(QueryExpression query)
    {
        _text.Add("(");
        printers.Queries.Print(query);
        _text.Add(")");
    }
}
