using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>What an operator or a function means follows from the types of its arguments, by PostgreSQL's rules.</summary>
public sealed class ResolveSpec
{
    [Fact]
    public void Constants_are_computed_when_the_statement_is_planned()
    {
        Assert.Equal("3", Resolve.Operator("+", Number("1"), Number("2")).ToString());
        Assert.Equal("'0.75'::numeric", Resolve.Operator("*", Number("1.5"), Number("0.5")).ToString());
    }

    [Fact]
    public void What_fails_for_constants_is_left_for_the_rows_to_fail_on() =>
        Assert.Equal("(1 / 0)", Resolve.Operator("/", Number("1"), Number("0")).ToString());

    [Theory]
    [InlineData("smallint", "integer", "integer")]
    [InlineData("integer", "bigint", "bigint")]
    [InlineData("bigint", "numeric", "numeric")]
    [InlineData("bigint", "real", "double precision")]
    [InlineData("numeric", "double precision", "double precision")]
    [InlineData("date", "integer", "date")]
    [InlineData("date", "interval", "timestamp without time zone")]
    [InlineData("timestamptz", "interval", "timestamp with time zone")]
    public void Numbers_are_added_in_the_longer_type_and_times_by_their_own_rules(string left, string right, string result) =>
        Assert.Equal(result, Resolve.Operator("+", Column(left), Column(right)).Type.ToString());

    [Fact]
    public void A_literal_takes_the_type_of_what_stands_beside_it()
    {
        BoundExpression comparison = Resolve.Operator("<", Column("timestamp"), Resolve.Quoted("2024-01-31"));

        Assert.Equal("(c$0.0 < '2024-01-31 00:00:00'::timestamp without time zone)", comparison.ToString());
    }

    [Fact]
    public void A_literal_that_is_no_such_value_is_refused_where_it_stands()
    {
        SqlFault fault = Assert.Throws<SqlFault>(() => Resolve.Operator("=", Column("integer"), Resolve.Quoted("ten", position: 12)));

        Assert.Equal((SqlState.InvalidTextRepresentation, 12), (fault.State, fault.Position));
    }

    [Fact]
    public void Values_that_stand_for_one_another_have_one_type()
    {
        Assert.Equal(SqlType.Numeric, Resolve.CommonType([Number("1"), Number("1.5"), Resolve.Null()], "CASE"));
        Assert.Equal(SqlType.TimestampTz, Resolve.CommonType([Column("date"), Column("timestamptz")], "UNION"));
        Assert.Equal(SqlState.DatatypeMismatch,
            Assert.Throws<SqlFault>(() => Resolve.CommonType([Number("1"), Column("text")], "UNION")).State);
    }

    [Fact]
    public void The_sum_of_integers_is_wider_than_they_are()
    {
        Assert.Equal(SqlType.BigInt, Resolve.Aggregate("sum", [Column("integer")], []).Signature.Result);
        Assert.Equal(SqlType.Numeric, Resolve.Aggregate("sum", [Column("bigint")], []).Signature.Result);
        Assert.Equal(SqlType.Numeric, Resolve.Aggregate("avg", [Column("smallint")], []).Signature.Result);
    }

    [Fact]
    public void A_function_that_does_not_exist_says_for_which_types() => Assert.Equal(
        "function abs(text) does not exist", Assert.Throws<SqlFault>(() => Resolve.Function("abs", [Column("text")])).Message);

    private static ConstantExpression Number(string text) => Resolve.Number(text);

    private static ColumnExpression Column(string type) => new(0, 0, "c", SqlType.Named(type));
}
