(* Almost sure collapse with the binomial law as a measure.

   binomial_prob n p    the binomial measure of mathcomp-analysis: the number of successes among n draws

   Assumes: of the loop, the law of two consecutive fits.
   Leaves out: sample sizes that change.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import mathcomp_extra interval interval_inference reals ereal classical_sets boolp functions sequences.
From mathcomp Require Import topology normedtype esum exp trigo measure measurable_realfun lebesgue_measure lebesgue_integral.
From mathcomp Require Import realfun derive charge ftc gauss_integral probability.
From Collapse Require Import AlmostSurely.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section BinomialMoments.
Variable R : realType.
Implicit Types (p : R) (n k : nat).

Lemma binomial_total n p : \sum_(k < n.+1) binomial_pmf n p k = 1.
Proof.
rewrite -[RHS](expr1n _ n) -[X in _ = X ^+ n](subrK p 1) exprDn; apply: eq_bigr => k _.
by rewrite /binomial_pmf /onem mulrC.
Qed.

(* The expected product of the numbers of successes and failures. *)
Lemma binomial_product n p :
  \sum_(k < n.+1) binomial_pmf n p k * (k%:R * (n%:R - k%:R)) = n%:R * (n%:R - 1) * (p * (1 - p)).
Proof.
case: n => [|[|n]]; first by rewrite big_ord1 /= !mul0r mulr0.
  by rewrite !big_ord_recl big_ord0 /= /bump /= !subrr; ring.
rewrite big_ord_recl big_ord_recr /= mul0r mulr0 add0r /bump /= add1n subrr !mulr0 addr0.
rewrite (eq_bigr (fun k : 'I_n.+1 => (n.+2%:R * (n.+2%:R - 1) * (p * (1 - p))) * binomial_pmf n p k)); last first.
  move=> k _; rewrite /bump /= add1n /binomial_pmf /onem; have kn : (k <= n)%N by rewrite -ltnS.
  have e1 : ((k.+1)%:R * 'C(n.+2, k.+1)%:R = n.+2%:R * 'C(n.+1, k)%:R :> R) by rewrite -!natrM mul_bin_diag.
  have e2 : ((n.+2%:R - k.+1%:R) * 'C(n.+1, k)%:R = n.+1%:R * 'C(n, k)%:R :> R).
    by rewrite -natrB ?ltnS ?leqW// subSS -!natrM -mul_bin_down.
  rewrite -[X in X * _ = _]mulr_natr -[X in _ = _ * X]mulr_natr subSS subSn// !exprS.
  set u := p ^+ k; set v := (1 - p) ^+ (n - k); set c := 'C(n.+2, k.+1)%:R in e1 *.
  transitivity (p * (1 - p) * (u * v) * ((k.+1%:R * c) * (n.+2%:R - k.+1%:R))).
    by move: (n.+2%:R) (k.+1%:R) => x y; ring.
  rewrite e1; transitivity (p * (1 - p) * (u * v) * (n.+2%:R * ((n.+2%:R - k.+1%:R) * 'C(n.+1, k)%:R))).
    by move: (n.+2%:R) (k.+1%:R) ('C(n.+1, k)%:R) => x y z; ring.
  rewrite e2 -[n.+1%:R](addrK 1) natr1.
  by move: (n.+2%:R) ('C(n, k)%:R) => x y; ring.
by rewrite -mulr_sumr binomial_total mulr1.
Qed.

End BinomialMoments.

Section Binomial.
Local Open Scope ereal_scope.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variable n : nat.
Hypothesis n_gt1 : (1 < n)%N.

Let n0 : (0 < n%:R :> R)%R. Proof. by rewrite ltr0n ltnW. Qed.

Variable successes : nat -> T -> 'I_n.+1.
Hypothesis measurable_successes : forall t i, measurable [set x | successes t x = i].
(* The next fit sees a binomial number of successes, of the share that the last fit saw. *)
Hypothesis binomial_draws : forall t i j,
  P ([set x | successes t.+1 x = j] `&` [set x | successes t x = i]) =
  P [set x | successes t x = i] * binomial_prob n (i%:R / n%:R : R)%R [set (j : nat)].

Let share (i : 'I_n.+1) : R := (i%:R / n%:R)%R.

Lemma share01 i : (0 <= share i <= 1)%R.
Proof. by rewrite /share divr_ge0//= ler_pdivrMr// mul1r ler_nat -ltnS ltn_ord. Qed.

Lemma binomial_prob_point (i j : 'I_n.+1) :
  binomial_prob n (share i) [set (j : nat)] = (binomial_pmf n (share i) j)%:E.
Proof.
have p01 := share01 i; rewrite /binomial_prob ifT; last by [].
rewrite esum_set1//; first by rewrite lee_fin binomial_pmf_ge0.
Qed.

(* From some fit on all observations are successes, or all are failures, almost surely. *)
Theorem binomial_loop_collapses_almost_surely :
  P (lim_sup_set (fun t => [set x | (0 < successes t x < n)%N])) = 0.
Proof.
have n1 : (1 < n%:R :> R)%R by rewrite ltr1n.
pose h (i : 'I_n.+1) : R := (i%:R * (n%:R - i%:R) / n%:R ^+ 2)%R.
have at_least (i : 'I_n.+1) : (0 < i < n)%N -> ((n%:R - 1) / n%:R ^+ 2 <= h i)%R.
  case/andP => i0 iN; rewrite /h ler_wpM2r ?invr_ge0 ?exprn_ge0 ?ler0n//.
  have a : (1 <= i%:R :> R)%R by rewrite ler1n.
  have b : (i%:R + 1 <= n%:R :> R)%R by rewrite natr1 ler_nat.
  by nra.
have inside (i : 'I_n.+1) : (h i != 0)%R = (0 < i < n)%N.
  apply/idP/idP => [|/at_least low]; last first.
    by rewrite gt_eqF// (lt_le_trans _ low)// divr_gt0 ?exprn_gt0// subr_gt0.
  apply: contraR; rewrite negb_and -!leqNgt leqn0 => /orP[/eqP i0|ni]; first by rewrite /h i0 !mul0r.
  by rewrite /h (_ : nat_of_ord i = n) ?subrr ?mulr0 ?mul0r//; apply/eqP; rewrite eqn_leq ni andbT -ltnS.
rewrite (_ : (fun t => _) = (fun t => [set x | (h (successes t x) != 0)%R])); last first.
  by apply/funext => t; apply/seteqP; split=> x /=; rewrite inside.
apply: (@absorbed_almost_surely _ _ _ _ _ successes (fun i j : 'I_n.+1 => binomial_pmf n (share i) j) h
  (1 - 1 / n%:R)%R ((n%:R - 1) / n%:R ^+ 2)%R) => [|t i j||||i] //.
- by rewrite binomial_draws binomial_prob_point.
- apply/andP; split; first by rewrite subr_ge0 ler_pdivrMr// mul1r ltW.
  by rewrite ltrBlDr ltrDl divr_gt0.
- by rewrite divr_gt0 ?exprn_gt0// subr_gt0.
- move=> i; rewrite /h (eq_bigr (fun j : 'I_n.+1 =>
     n%:R ^- 2 * (binomial_pmf n (share i) j * (j%:R * (n%:R - j%:R))))%R); last by move=> j _; rewrite mulrA mulrC.
  rewrite -mulr_sumr binomial_product /share le_eqVlt; apply/orP; left; apply/eqP.
  by field; exact: lt0r_neq0.
by rewrite inside => /at_least.
Qed.

End Binomial.

